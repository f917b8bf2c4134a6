// Small charts in SVG and HTML.

// Bars between two axes. The pointer, a finger or the arrow keys choose a bar, and the line below says what it holds.
function histogramChart(data) {
  const [width, height] = [250, 96];
  const n = data.counts.length;
  const most = Math.max(1, ...data.counts);
  const total = data.counts.reduce((sum, count) => sum + count, 0);
  const bars = data.counts.map((count, i) => {
    const tall = count ? Math.max(2, (count / most) * height) : 0;
    return s("rect", { x: (i * width) / n + 0.5, y: height - tall, width: width / n - 1, height: tall });
  });
  const levels = countTicks(most);
  const lines = levels.slice(1).map((level) => s("line", { x1: 0, x2: width, y1: height * (1 - level / most), y2: height * (1 - level / most), class: "level" }));
  const upright = (value, name) => {
    const x = (clamp(value, 0, data.top) / data.top) * width;
    return s("line", { x1: x, x2: x, y1: 0, y2: height, class: name });
  };
  const marks = [upright(data.median, "median"), known(data.threshold) && upright(data.threshold, "threshold")];
  const noun = data.noun ?? "pair";
  const [low, high] = data.middle.map((value) => number(value));
  const summary = [`median ${number(data.median)}`, `90 % in ${low} to ${high} ${data.unit}`, data.largest > data.top && `largest ${number(data.largest)}`,
    known(data.threshold) && `large from ${number(data.threshold)} (dotted)`, data.missing && `${data.missing.toLocaleString("en")} unknown`].filter(Boolean).join(" · ");
  const said = h("p", { class: "said soft" }, summary);
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", tabindex: 0, role: "slider",
    "aria-label": `${data.title}, ${data.about}: ${summary}`, "aria-orientation": "horizontal", "aria-valuemin": 1, "aria-valuemax": n }, lines, bars, marks);
  chooseBars(svg, bars, (i) => { said.textContent = i === null ? summary : barText(data, i, total, noun); });
  return h("figure", { class: "chart", "data-measure": data.key },
    h("figcaption", {}, h("strong", {}, data.title), h("span", { class: "soft under" }, data.about)),
    h("div", { class: "plot" },
      h("span", { class: "y-title", "aria-hidden": "true" }, `${noun}s`),
      h("div", { class: "y-axis", "aria-hidden": "true" }, levels.map((level) => h("span", { style: `bottom:${(100 * level) / most}%` }, level.toLocaleString("en")))),
      svg,
      h("div", { class: "x-axis", "aria-hidden": "true" }, data.ticks.map((tick, i) =>
        h("span", { style: `left:${(100 * tick) / data.top}%` }, number(tick), i === data.ticks.length - 1 && ` ${data.unit}`)))),
    said);
}

// Counts to draw lines at: 0 and two to four round ones.
function countTicks(most) {
  const step = Math.max(1, niceLength(most / 2));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

function barText(data, i, total, noun) {
  const n = data.counts.length;
  const [from, to] = [i, i + 1].map((k) => number((data.top * k) / n, 4));
  const range = i === n - 1 && data.largest > data.top ? `${from} ${data.unit} and more` : `${from} to ${to} ${data.unit}`;
  return `${range}: ${plural(data.counts[i], noun)}, ${percent(data.counts[i] / total)}`;
}

// Calls `say` with the number of the chosen bar, or null when none is.
function chooseBars(svg, bars, say) {
  let chosen = null;
  const choose = (i) => {
    bars[chosen]?.classList.remove("on");
    chosen = i;
    bars[chosen]?.classList.add("on");
    say(i);
    if (i === null) svg.removeAttribute("aria-valuenow");
    else svg.setAttribute("aria-valuenow", i + 1);
    svg.setAttribute("aria-valuetext", svg.parentNode?.parentNode?.querySelector(".said")?.textContent ?? "");
  };
  const pointed = (event) => {
    const box = svg.getBoundingClientRect();
    choose(clamp(Math.floor(((event.clientX - box.left) / box.width) * bars.length), 0, bars.length - 1));
  };
  const moves = { ArrowLeft: (i) => i - 1, ArrowRight: (i) => i + 1, Home: () => 0, End: () => bars.length - 1 };
  svg.addEventListener("pointermove", pointed);
  svg.addEventListener("pointerdown", pointed);
  svg.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") choose(null); });
  svg.addEventListener("blur", () => choose(null));
  svg.addEventListener("keydown", (event) => {
    if (!moves[event.key]) return;
    event.preventDefault();
    choose(clamp(moves[event.key](chosen ?? -1), 0, bars.length - 1));
  });
}

// Rows of a name, a bar, a value and perhaps a longer name; a full bar is `most`.
function barList(rows, text, most = Math.max(1e-9, ...rows.map(([, value]) => value))) {
  return h("div", { class: "bars" }, rows.map(([name, value, title]) => h("div", { class: "bar-row" },
    h("span", { class: "bar-name", title: title ?? name }, name),
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
    h("figcaption", {}, h("strong", {}, "Subsets"), h("span", { class: "soft under" }, "camera by foreground motion")),
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
