// What was asked of motion beside what was measured, by configuration.

const MOTION_TEXT = { camera_motion_px: "camera", foreground_motion_px: "foreground" };

// A band for what was asked, a line for where 90 % of the pairs are, a dot for their median.
function askedChart(rows) {
  if (!rows.length) return null;
  const top = Math.max(...rows.flatMap((row) => [row.interval[1], row.middle[1]])) * 1.05;
  const x = (value) => clamp((100 * value) / top, 0, 100);
  const line = (row) => {
    const [low, high] = row.interval;
    const name = `${row.config} · ${MOTION_TEXT[row.column] ?? row.column}`;
    const text = `asked ${number(low)} to ${number(high)} px; median ${number(row.median)}, 90 % in ${number(row.middle[0])} to ${number(row.middle[1])}`;
    return h("div", { class: "asked-row", "data-asked": `${row.config} ${row.column}` },
      h("span", {}, name, h("b", {}, ` ${percent(row.inside / row.pairs)}`), h("span", { class: "soft" }, ` of ${plural(row.pairs, "pair")} as asked`)),
      h("span", { class: "asked-bar", title: text },
        h("i", { class: "asked", style: `left:${x(low)}%;width:${x(high) - x(low)}%` }),
        h("i", { class: "measured", style: `left:${x(row.middle[0])}%;width:${Math.max(0.5, x(row.middle[1]) - x(row.middle[0]))}%` }),
        h("i", { class: "middle", style: `left:${x(row.median)}%` })),
      h("span", { class: "soft under" }, text));
  };
  return h("figure", { class: "chart wide", id: "asked" },
    h("figcaption", {}, h("strong", {}, "Asked and measured"), h("span", { class: "soft under" },
      h("i", { class: "key asked" }), " asked by the job ", h("i", { class: "key measured" }), ` 90 % of the pairs, with their median; 0 to ${number(top)} px`,
      rows.some((row) => row.preset) && "; presets that the job names and does not hold are those of the version that wrote this page")),
    rows.map(line));
}

// A measured motion with what was asked of it, and where its large motion begins.
function motionText(sample, key) {
  const asked = sample.asked?.[key];
  const large = OVERVIEW.large_motions?.[key];
  const value = sample[key];
  if (!known(value)) return null;
  const inside = asked && value >= asked[0] * 0.999 && value <= asked[1] * 1.001;
  return [`${number(value)} px`, asked && `asked ${number(asked[0])} to ${number(asked[1])}${inside ? "" : ", outside"}`, known(large) && `large from ${number(large)}`].filter(Boolean).join(" · ");
}
