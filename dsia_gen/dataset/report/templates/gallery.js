// The gallery: cards of all pairs of the page, filters, and which pairs are left.

const SORTS = {
  order: ["as stored", null],
  ...Object.fromEntries(REPORT.measures.map(({ key, title }) => [key, [title.toLowerCase(), (a) => -(a[key] ?? -1)]])),
  bad: ["worst first", (a) => ({ error: 0, warning: 1 })[a.bad] ?? 2],
};
const CARDS_AT_ONCE = 48;

const gallery = { subset: new Set(), setting: new Set(), config: new Set(), range: {}, text: "", bad: false, sort: "order", matches: REPORT.samples, drawn: 0 };

function distinct(key) {
  return [...new Set(REPORT.samples.map((sample) => sample[key]).filter(known))].sort();
}

function matchesFilters(sample) {
  const chosen = ["subset", "setting", "config"].every((key) => !gallery[key].size || gallery[key].has(sample[key]));
  const inRange = Object.entries(gallery.range).every(([key, [low, high]]) => known(sample[key]) && sample[key] >= low && sample[key] <= high);
  return chosen && inRange && (!gallery.bad || sample.bad) && (!gallery.text || sample.sample.includes(gallery.text));
}

function showGallery() {
  const [, order] = SORTS[gallery.sort];
  gallery.matches = REPORT.samples.filter(matchesFilters);
  if (order) gallery.matches.sort((a, b) => order(a) - order(b));
  gallery.drawn = 0;
  fill(find("gallery"));
  drawMore();
  const filtered = gallery.matches.length < REPORT.samples.length;
  const shown = filtered ? `${gallery.matches.length.toLocaleString("en")} of ${plural(REPORT.samples.length, "pair")}` : plural(REPORT.samples.length, "pair");
  const rest = REPORT.total > REPORT.samples.length ? `; the data set has ${REPORT.total.toLocaleString("en")}, the numbers above are of all of them` : "";
  find("shown").textContent = shown + rest;
  find("reset").hidden = !filtered;
  if (!gallery.matches.length) {
    fill(find("gallery"), h("p", { class: "empty" }, REPORT.samples.length ? "No pair is like that." : "No pairs yet: let the render finish a scene, then write the report again."));
  }
}

function drawMore() {
  const next = gallery.matches.slice(gallery.drawn, gallery.drawn + CARDS_AT_ONCE);
  find("gallery").append(...next.map(pairCard));
  gallery.drawn += next.length;
}

function pairCard(sample) {
  const frame = h("div", { class: "frame", style: `${ratio()};${thumbStyle(sample, "1")}` },
    !sample.thumb && h("span", { class: "no-image" }, "no image"));
  const motion = `camera ${number(sample.camera_motion_px)} px · foreground ${number(sample.foreground_motion_px)} px`;
  const card = h("a", { class: "card", href: `#/pair/${encodeURIComponent(sample.sample)}`, "data-sample": sample.sample, "data-bad": sample.bad || null },
    frame, h("div", { class: "card-text" },
      h("span", { class: "card-line" }, h("code", {}, sample.sample), badge(sample), sample.subset && h("span", { class: "badge" }, sample.subset)),
      h("span", { class: "soft" }, motion)));
  if (sample.thumb) playOnHover(card, frame);
  return card;
}

function badge(sample) {
  if (!sample.bad) return null;
  const text = sample.bad === "error" ? "bad sample" : "warning";
  return h("span", { class: `badge ${sample.bad}`, title: sample.problems.map((problem) => problem.message).join("\n") }, text);
}

// I1, Igt, I2 in turn while the pointer or the focus is on a card.
function playOnHover(card, frame) {
  const order = ["1", "gt", "2", "gt"];
  let timer = null;
  let i = 0;
  const start = () => {
    if (timer) return;
    timer = setInterval(() => { frame.style.backgroundPosition = `${THUMB_PLACE[order[++i % 4]]} 0`; }, 450);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    i = 0;
    frame.style.backgroundPosition = `${THUMB_PLACE[1]} 0`;
  };
  for (const event of ["pointerenter", "focus"]) card.addEventListener(event, start);
  for (const event of ["pointerleave", "blur", "click"]) card.addEventListener(event, stop);
}

function buildFilters() {
  const sets = [["subset", "Subset"], ["setting", "Setting"], ["config", "Configuration"]];
  const saysMore = (key) => key !== "config" || (distinct(key).length > 1 && REPORT.samples.some((sample) => sample.config !== sample.setting));
  const bad = REPORT.samples.some((sample) => sample.bad);
  const ranges = (group) => REPORT.measures.filter((measure) => measure.group === group).map(rangeFilter).filter(Boolean);
  const more = ranges("image");
  fill(find("filters"),
    sets.filter(([key]) => distinct(key).length && saysMore(key)).map(([key, title]) => chipGroup(key, title)),
    ranges("motion"),
    h("div", { class: "filter" }, h("span", { class: "filter-title" }, "Find and sort"),
      h("div", { class: "row" },
        h("input", { id: "search", type: "search", placeholder: "scene or pair", "aria-label": "Part of the name of a pair",
          oninput: (event) => { gallery.text = event.target.value.trim(); showGallery(); } }),
        h("select", { id: "sort", "aria-label": "Order", onchange: (event) => { gallery.sort = event.target.value; showGallery(); } },
          Object.entries(SORTS).map(([key, [title]]) => h("option", { value: key }, title)))),
      bad && h("label", { class: "check" }, h("input", { id: "only-bad", type: "checkbox",
        onchange: (event) => { gallery.bad = event.target.checked; showGallery(); } }), " only with problems")),
    more.length > 0 && h("details", { class: "filter more-filters" }, h("summary", {}, "More filters"), h("div", { class: "filters" }, more)));
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  find("reset").addEventListener("click", resetFilters);
}

function chipGroup(key, title) {
  const chip = (value) => h("button", { type: "button", class: "chip", "aria-pressed": "false", "data-filter": key, "data-value": value,
    onclick: (event) => {
      const set = gallery[key];
      if (!set.delete(value)) set.add(value);
      event.currentTarget.setAttribute("aria-pressed", String(set.has(value)));
      showGallery();
    } }, value);
  return h("div", { class: "filter", role: "group", "aria-label": title },
    h("span", { class: "filter-title" }, title), h("div", { class: "chips" }, distinct(key).map(chip)));
}

// A range with two thumbs over a histogram of what it chooses from.
function rangeFilter(measure) {
  const { key, title } = measure;
  const values = REPORT.samples.map((sample) => sample[key]).filter(known);
  if (values.length < 2) return null;
  const step = measure.unit === "%" ? 100 : 10;
  const top = Math.ceil(Math.max(...values) * step) / step || 1;
  const bins = new Array(32).fill(0);
  for (const value of values) bins[Math.min(31, Math.floor((value / top) * 32))]++;
  const most = Math.max(...bins);
  const output = h("output", {});
  const bars = bins.map((n, i) => s("rect", { x: i + 0.1, width: 0.8, y: 12 - (n ? 1 + (11 * n) / most : 0), height: n ? 1 + (11 * n) / most : 0 }));
  const input = (name, value) => h("input", { type: "range", min: 0, max: top, step: top / 200, value, "data-range": `${key}-${name}`, "aria-label": `${title}, ${name}, ${measure.unit}`, oninput: update });
  const [low, high] = [input("from", 0), input("to", top)];
  function update() {
    const [from, to] = [Number(low.value), Number(high.value)].sort((a, b) => a - b);
    const all = from <= 0 && to >= top;
    if (all) delete gallery.range[key];
    else gallery.range[key] = [from, to];
    output.textContent = all ? "all" : `${measureText(measure, from)} to ${measureText(measure, to)}`;
    bars.forEach((bar, i) => bar.classList.toggle("out", ((i + 1) * top) / 32 < from || (i * top) / 32 > to));
    showGallery();
  }
  output.textContent = "all";
  return h("div", { class: "filter" }, h("span", { class: "filter-title" }, title, " ", output),
    h("div", { class: "range" }, s("svg", { viewBox: "0 0 32 12", preserveAspectRatio: "none", "aria-hidden": "true" }, bars), low, high));
}

function resetFilters() {
  Object.assign(gallery, { subset: new Set(), setting: new Set(), config: new Set(), range: {}, text: "", bad: false, sort: "order" });
  buildFilters();
  showGallery();
}

function showSubset(name) {
  resetFilters();
  document.querySelector(`[data-filter="subset"][data-value="${CSS.escape(name)}"]`)?.click();
  scrollToGallery();
}

function showOnlyBad() {
  resetFilters();
  find("only-bad")?.click();
  scrollToGallery();
}

function scrollToGallery() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  find("gallery-title").scrollIntoView({ behavior: still ? "auto" : "smooth" });
}
