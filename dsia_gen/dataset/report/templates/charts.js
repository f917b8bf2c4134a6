// Small charts in SVG and HTML.

function histogramChart(data) {
  const [width, height] = [260, 84];
  const most = Math.max(1, ...data.counts);
  const step = width / data.counts.length;
  const bars = data.counts.map((count, i) => {
    const tall = count ? Math.max(2, (count / most) * height) : 0;
    const [from, to] = [i, i + 1].map((k) => number((data.top * k) / data.counts.length));
    const bar = s("rect", { x: i * step + 0.5, y: height - tall, width: step - 1, height: tall, rx: 1 });
    bar.append(s("title", {}, `${from} to ${to} ${data.unit}: ${plural(count, "pair")}`));
    return bar;
  });
  const x = (clamp(data.median, 0, data.top) / data.top) * width;
  const median = s("line", { x1: x, x2: x, y1: 0, y2: height, class: "median" });
  return h("figure", { class: "chart" },
    h("figcaption", {}, h("strong", {}, data.title), h("span", { class: "soft" }, ` median ${number(data.median)} ${data.unit}`)),
    s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: "none",
      "aria-label": `${data.title}: median ${number(data.median)}, largest ${number(data.largest)} ${data.unit}` }, bars, median),
    h("div", { class: "axis" }, h("span", {}, "0"), h("span", {}, `${number(data.top)} ${data.unit}`)));
}

// Rows of a name, a bar and a value.
function barList(rows, text) {
  const most = Math.max(1e-9, ...rows.map(([, value]) => value));
  return h("div", { class: "bars" }, rows.map(([name, value]) => h("div", { class: "bar-row" },
    h("span", { class: "bar-name", title: name }, name),
    h("span", { class: "bar" }, h("i", { style: `width:${(100 * value) / most}%` })),
    h("span", { class: "bar-value" }, text(value)))));
}

// The four subsets of the paper: camera motion down, foreground motion across.
function subsetChart(subsets, choose) {
  const total = Object.values(subsets).reduce((sum, n) => sum + n, 0);
  const cell = (name) => {
    const n = subsets[name] || 0;
    return h("button", { type: "button", class: "subset", style: `--share:${total ? n / total : 0}`, onclick: () => choose(name),
      title: `show the pairs of ${name}` }, h("b", {}, n.toLocaleString("en")), h("span", {}, name));
  };
  return h("figure", { class: "chart" },
    h("figcaption", {}, h("strong", {}, "Subsets"), h("span", { class: "soft" }, " camera × foreground")),
    h("div", { class: "subsets" },
      h("span"), h("span", { class: "head" }, "small fg"), h("span", { class: "head" }, "large fg"),
      h("span", { class: "head side" }, "large cam"), cell("LcSf"), cell("LcLf"),
      h("span", { class: "head side" }, "small cam"), cell("ScSf"), cell("ScLf")));
}

// A scale bar's length: 1, 2 or 5 times a power of ten, at most `value`.
function niceLength(value) {
  const power = Math.pow(10, Math.floor(Math.log10(value)));
  return [5, 2, 1].map((k) => k * power).find((length) => length <= value);
}
