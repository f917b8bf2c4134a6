// The first screen: what the data set is, an example, its numbers, and how it was made.

const OVERVIEW = REPORT.overview;
const ROLE_TEXT = {
  1: ["I1", "the reference: time 1, camera 1"],
  gt: ["Igt", "the answer: time 2, seen by camera 1"],
  2: ["I2", "the frame to align: time 2, camera 2"],
};
const THUMB_PLACE = { 1: "0%", gt: "50%", 2: "100%" };

function showOverview() {
  const counts = OVERVIEW.counts || {};
  find("name").textContent = OVERVIEW.name;
  const size = OVERVIEW.resolution ? `${OVERVIEW.resolution[0]} × ${OVERVIEW.resolution[1]} pixels` : "several sizes";
  const settings = Object.keys(counts.settings || {}).join(" and ");
  find("summary").textContent = [
    `${plural(counts.pairs || 0, "pair")} from ${plural(counts.scenes || 0, "scene")}`, settings, size, bytes(counts.bytes || 0),
  ].filter(Boolean).join(" · ");
  fill(find("callouts"), callouts());
  showHero();
  fill(find("tiles"), tiles(counts));
  fill(find("charts"), charts(counts));
  showSheet();
  showAssets();
  fill(find("made"), made());
  find("foot").textContent = [
    `dsia-gen ${(OVERVIEW.made_by?.["dsia-gen"] || []).join(", ")}`,
    known(OVERVIEW.seed) && `seed ${OVERVIEW.seed}`, `content ${String(OVERVIEW.content_hash || "").slice(0, 16)}`,
    !REPORT.validation.checked && "not validated: dsia-gen dataset report --validate",
  ].filter(Boolean).join(" · ");
}

function callouts() {
  const { validation } = REPORT;
  const bad = REPORT.samples.filter((sample) => sample.bad === "error").length;
  const notes = [];
  if (validation.errors || bad) {
    notes.push(callout("error", `${plural(Math.max(validation.drop, bad), "bad sample")}: leave them out, or render their scenes again.`,
      h("button", { type: "button", class: "plain", onclick: () => showOnlyBad() }, "Show them")));
  }
  if (validation.warnings) notes.push(callout("warning", `Validation has ${plural(validation.warnings, "warning")} for you to look at.`));
  if (validation.checked && !validation.errors && !bad && !validation.warnings) {
    notes.push(callout("good", validation.checks.length ? `Validated: all ${validation.checks.length} checks passed.` : "Validated: every check passed."));
  }
  if (validation.whole.length) {
    const level = validation.whole.some((problem) => problem.severity === "error") ? "error" : "warning";
    notes.push(callout(level, "The data set as a whole:", h("ul", {}, validation.whole.map(problemItem))));
  }
  if (OVERVIEW.failed.length) {
    notes.push(callout("error", `${plural(OVERVIEW.failed.length, "scene")} could not be made; the same render command tries again.`,
      h("ul", {}, OVERVIEW.failed.slice(0, 8).map((entry) => h("li", {}, h("code", {}, entry.scene), ` ${entry.message}`)))));
  }
  if (OVERVIEW.mixed) notes.push(callout("warning", OVERVIEW.mixed));
  if (OVERVIEW.unfinished.length) notes.push(callout("warning", `Not finished: scenes ${OVERVIEW.unfinished.join(", ")}.`));
  return notes;
}

// A message says its file itself, or gets it put before.
function problemItem(problem) {
  const file = problem.file && !problem.message.includes(problem.file) ? `${problem.file}: ` : "";
  return h("li", {}, h("code", {}, problem.check), ` ${file}${problem.message}`);
}

const callout = (level, text, ...more) => h("div", { class: `callout ${level}`, role: "note" }, h("span", {}, text), ...more);

// The pair that moves most, among the good ones.
function showHero() {
  const motion = (sample) => (sample.camera_motion_px || 0) + (sample.foreground_motion_px || 0);
  const good = REPORT.samples.filter((sample) => sample.key && sample.thumb && sample.bad !== "error");
  if (!good.length) return;
  const best = good.reduce((a, b) => (motion(b) > motion(a) ? b : a));
  const figures = ["1", "2", "gt"].map((role) => h("figure", { class: `role-${role}` },
    h("a", { href: `#/pair/${encodeURIComponent(best.sample)}`, "aria-label": `Open pair ${best.sample}` },
      h("div", { class: "frame", style: `${ratio()};${thumbStyle(best, role)}`, "data-role": role })),
    h("figcaption", {}, h("b", {}, ROLE_TEXT[role][0]), ` ${ROLE_TEXT[role][1]}`)));
  const text = "From I1 to Igt only the scene and its light change, from Igt to I2 only the camera. ";
  fill(find("hero"), figures, h("p", { class: "soft" }, text, h("a", { class: "more", href: `#/pair/${encodeURIComponent(best.sample)}` }, "Open this pair →")));
  loadHero(best).catch(() => {});
}

// The thumbnail stands until the image itself is there.
async function loadHero(sample) {
  const pair = await loadPart(sample.key);
  for (const role of ROLES) {
    const { image } = await loadPart(pair.views[role]);
    if (!image) continue;
    const node = h("img", { src: image, alt: `${ROLE_TEXT[role][0]}: ${ROLE_TEXT[role][1]}` });
    await node.decode();
    fill(find("hero").querySelector(`[data-role="${role}"]`), node);
  }
}

const ratio = () => `aspect-ratio:${(OVERVIEW.resolution || [16, 9]).join("/")}`;
const thumbStyle = (sample, role) =>
  sample.thumb ? `background-image:url("${sample.thumb}");background-size:300% 100%;background-position:${THUMB_PLACE[role]} 0` : "";

function tiles(counts) {
  const assets = (OVERVIEW.licences || []).length;
  const rows = [[counts.scenes, "scenes"], [counts.pairs, "pairs"], [counts.views, "rendered views"], [assets, "assets"],
    [(OVERVIEW.outputs || []).length, "kinds of files"]];
  return rows.map(([value, name]) => h("div", { class: "tile" }, h("b", {}, (value || 0).toLocaleString("en")), h("span", {}, name)));
}

function charts(counts) {
  const size = OVERVIEW.resolution ? `in pixels of ${OVERVIEW.resolution.join(" × ")}` : "in pixels of each image";
  const histograms = (group) => OVERVIEW.histograms.filter((data) => data.group === group).map(histogramChart);
  return [
    chartGroup("Motion", [size, OVERVIEW.subset_thresholds].filter(Boolean).join("; "), [subsetChart(counts.subsets || {}, (name) => showSubset(name)), ...histograms("motion"), askedChart(OVERVIEW.asked)]),
    chartGroup("Images", "shares are of the pixels of an image", [...histograms("image"), settingsChart(counts)]),
  ].filter(Boolean);
}

function chartGroup(title, about, figures) {
  const shown = figures.filter(Boolean);
  return shown.length > 0 && h("div", { class: "chart-group" }, h("h3", {}, title, about && h("span", { class: "soft" }, ` ${about}`)), h("div", { class: "charts" }, shown));
}

function settingsChart(counts) {
  const entries = [...Object.entries(counts.settings || {}), ...Object.entries(counts.configs || {})];
  const settings = entries.filter(([name], i) => entries.findIndex(([other]) => other === name) === i);
  return settings.length > 0 && h("figure", { class: "chart" }, h("figcaption", {}, h("strong", {}, "Scenes"), h("span", { class: "soft under" }, "by setting and configuration")),
    barList(settings, (n) => plural(n, "scene")));
}

// Stages in the order of a scene, as dataset.json has them; sums over all workers.
function timingsChart() {
  const { seconds = {}, peak_bytes: peak, views, views_an_hour: speed } = OVERVIEW.timings || {};
  const stages = Object.entries(seconds);
  if (!stages.length) return null;
  const total = stages.reduce((sum, [, value]) => sum + value, 0);
  const notes = [duration(total), OVERVIEW.counts?.pairs && `${duration(total / OVERVIEW.counts.pairs)} a pair`,
    views && `${duration(total / views)} a view`, speed && `${Math.round(speed).toLocaleString("en")} views an hour`,
    peak && `peak memory ${bytes(peak)}`];
  return h("figure", { class: "chart", id: "timings" },
    h("figcaption", {}, h("strong", {}, "Time"), h("span", { class: "soft under" }, `${notes.filter(Boolean).join(", ")}`)),
    barList(stages.filter(([, value]) => value > 0), duration));
}

function devicesChart() {
  const { devices = {}, hosts = {} } = OVERVIEW.timings || {};
  const rows = Object.entries(devices);
  if (!rows.length) return null;
  return h("figure", { class: "chart", id: "devices" },
    h("figcaption", {}, h("strong", {}, "Rendered on"), h("span", { class: "soft under" }, `${plural(Object.keys(hosts).length, "machine")}`)),
    barList(rows, (n) => plural(n, "scene")));
}

// Pairs drawn by a fixed seed, as a reader sees them who opens the data set anywhere.
function showSheet() {
  const samples = new Map(REPORT.samples.map((sample) => [sample.sample, sample]));
  const drawn = REPORT.sheet.map((name) => samples.get(name)).filter((sample) => sample?.key);
  find("sheet-section").hidden = !drawn.length;
  find("sheet-about").textContent = drawn.length === REPORT.total ? "All pairs, shuffled. Each opens its page."
    : `${plural(drawn.length, "pair")}, drawn over the scenes with a fixed seed, not chosen. Each opens its page.`;
  fill(find("sheet"), drawn.map(sheetEntry));
}

function sheetEntry(sample) {
  const frames = ["1", "2", "gt"].map((role) => h("span", { class: `frame role-${role}`, style: `${ratio()};${thumbStyle(sample, role)}` },
    !sample.thumb && h("span", { class: "no-image" }, "no image"), h("b", {}, ROLE_TEXT[role][0])));
  return h("a", { class: "triplet", href: `#/pair/${encodeURIComponent(sample.sample)}`, "data-triplet": sample.sample, "data-bad": sample.bad || null },
    h("span", { class: "triplet-frames" }, frames),
    h("span", { class: "card-line" }, h("code", {}, sample.sample), badge(sample),
      [sample.setting, sample.subset].filter(Boolean).map((text) => h("span", { class: "badge" }, text))),
    h("span", { class: "soft" }, `camera ${number(sample.camera_motion_px)} px · foreground ${number(sample.foreground_motion_px)} px · ${percent(sample.foreground_share)} moving`));
}

const KIND_TEXT = { "foreground object": "Foreground objects", character: "Characters", dressing: "Set dressing outdoors", furniture: "Furniture",
  thing: "Objects on furniture and walls", hdri: "Environments",
  motion: "Motions", trajectory: "Camera paths", texture: "Textures", object: "Objects" };
const ASSETS_SHOWN = 10;

function showAssets() {
  find("assets-section").hidden = !OVERVIEW.asset_use.length;
  fill(find("assets"), OVERVIEW.asset_use.map(assetChart));
}

// How often the assets of a kind are used, the largest share in words.
function assetChart({ kind, unit, total, assets }) {
  const rows = assets.map(([id, count]) => [id.split("/").pop(), count, id]);
  const most = rows[0][1];
  const text = (count) => `${count.toLocaleString("en")} · ${percent(count / total)}`;
  const uses = unit === "scene" ? plural(total, "use by a scene", "uses by scenes") : plural(total, "placement");
  const rest = rows.slice(ASSETS_SHOWN);
  return h("figure", { class: "chart", "data-kind": kind },
    h("figcaption", {}, h("strong", {}, KIND_TEXT[kind] ?? kind), h("span", { class: "soft under" }, `${uses} of ${plural(rows.length, "asset")}`),
      h("span", { class: "soft under" }, "largest share ", h("b", {}, rows[0][0]), ` ${percent(most / total)}; even would be ${percent(1 / rows.length)}`)),
    barList(rows.slice(0, ASSETS_SHOWN), text, most),
    rest.length > 0 && h("details", { class: "rest" }, h("summary", {}, `${rest.length} more`), barList(rest, text, most)));
}

function made() {
  const pace = [timingsChart(), devicesChart()].filter(Boolean);
  return [pace.length > 0 && h("div", { class: "charts" }, pace), checksMade(), licences(), outputs(), conventions()].filter(Boolean);
}

function licences() {
  const assets = OVERVIEW.licences || [];
  if (!assets.length) return null;
  const summary = Object.entries(OVERVIEW.licence_counts).map(([name, n]) => `${name} (${n})`).join(", ");
  const keys = ["id", "kind", "licence", "redistribution", "training", "source", "attribution"];
  return h("details", {}, h("summary", {}, "Licences ", h("span", { class: "soft" }, summary)), dataTable(keys, assets));
}

function outputs() {
  const rows = OVERVIEW.outputs || [];
  if (!rows.length) return null;
  return h("details", {}, h("summary", {}, `Files of a sample (${rows.length})`),
    dataTable(["name", "scope", "format", "unit", "invalid", "about"], rows));
}

function conventions() {
  const rows = Object.entries(OVERVIEW.conventions || {});
  if (!rows.length) return null;
  return h("details", {}, h("summary", {}, "Conventions"),
    h("div", { class: "table" }, h("table", {}, h("tbody", {}, rows.map(([name, text]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, text)))))));
}

const dataTable = (keys, rows) => h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" }, h("table", {},
  h("thead", {}, h("tr", {}, keys.map((key) => h("th", { scope: "col" }, key)))),
  h("tbody", {}, rows.map((row) => h("tr", {}, keys.map((key) => h("td", {}, known(row[key]) ? String(row[key]) : "–")))))));
