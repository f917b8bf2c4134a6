// The viewer of one pair: what it shows, and how controls and keys change that.

const MODES = { flip: "Flip", slider: "Slider", difference: "Difference", loop: "Loop" };
const LOOP = ["1", "gt", "2", "gt"];
const KINDS = PALETTE.kinds;
const KIND_OPACITY = Object.fromEntries(Object.entries(KINDS).map(([kind, { opacity }]) => [kind, opacity]));
const MASK_TITLES = { dynamic_1: "moving in I1", dynamic_gt: "moving in Igt", dynamic_union: "moving, union", light_change: "light change" };

// What is shown stays when another pair is opened.
const view = { mode: "flip", a: "1", b: "2", kind: null, chosen: {}, masks: new Set(), opacity: { ...KIND_OPACITY }, timer: null, frame: 0, pointer: null, open: null, lost: null, gain: 2 };

const inFrame = (image) => (image === "warp" ? "gt" : image);

async function openPair(id) {
  const sample = REPORT.samples.find((candidate) => candidate.sample === id);
  if (!sample) return showUnknown(id);
  showHeader(sample);
  if (!sample.key) return showMissing(id, "The scene of this pair cannot be read.");
  view.wanted = id;
  const scene = await loadPart(`${sample.scene}/scene`);
  const pair = await loadPart(sample.key);
  const views = Object.fromEntries(await Promise.all(ROLES.map(async (role) => [role, await loadPart(pair.views[role])])));
  const images = [...ROLES.map((role) => ({ key: role, src: views[role].image })), ...(pair.warp ? [{ key: "warp", src: pair.warp }] : [])];
  await Promise.all(images.filter(({ src }) => src).map(({ src }) => Object.assign(new Image(), { src }).decode().catch(() => {})));
  if (view.wanted !== id) return undefined;
  view.open = { sample, scene, pair, views, layers: layersOf(pair, views), colours: new Map(scene.instances.map((entry) => [entry.id, entry.colour])) };
  view.images = images.map(({ key }) => key);
  for (const side of ["a", "b"]) if (!view.images.includes(view[side])) view[side] = "gt";
  find("viewer").dataset.missing = "false";
  stage.build(images, scene.metadata.resolution);
  showFacts(sample, scene);
  showChecks(sample);
  showAbove(scene, { ...sample, keys: Object.fromEntries(ROLES.map((role) => [role, pair.views[role].split("/").pop()])) });
  showStrip(sample);
  find("viewer").dataset.ready = id;
  return update();
}

// Every layer of a pair with its id, title and the views in whose pixels it lies.
function layersOf(pair, views) {
  const own = pair.layers.map((layer) => Object.assign(layer, { id: layer.name, title: pairLayerTitle(layer) }));
  const shared = ROLES.flatMap((role) => views[role].layers.map((layer) => ({ layer, role })))
    .map(({ layer, role }) => ({ ...layer, id: `${layer.name}@${role}`, home: [role],
      title: ["mask", "vector"].includes(layer.kind) ? `${layer.name.replaceAll("_", " ")} in ${NAMES[role]}` : NAMES[role] }));
  return [...own, ...shared];
}

function pairLayerTitle(layer) {
  if (layer.direction && layer.kind !== "vector") return layer.direction.map((role) => NAMES[role]).join(" → ");
  return MASK_TITLES[layer.name] || layer.name.replaceAll("_", " ");
}

function showMissing(id, ...text) {
  stopLoop();
  view.open = null;
  view.pointer = null;
  view.wanted = id;
  find("viewer-title").textContent = id;
  fill(stage.root, h("div", { class: "no-image on" }, h("div", {}, text)));
  stage.root.dataset.mode = "none";
  find("viewer").dataset.missing = "true";
  find("viewer").dataset.ready = id;
}

// An address that names no pair of this page: why that may be, and pairs with names near to it.
function showUnknown(id) {
  fill(find("viewer-badges"));
  fill(find("banner"));
  find("viewer-place").textContent = "";
  for (const name of ["previous", "next"]) find(name).removeAttribute("href");
  const names = REPORT.samples.map((sample) => sample.sample);
  const shared = (name) => [...name].findIndex((c, i) => c !== id[i]);
  const like = (name) => (shared(name) < 0 ? name.length : shared(name));
  const near = [...names].sort((a, b) => like(b) - like(a)).slice(0, 3);
  const part = REPORT.total > names.length;
  showMissing(id, h("p", {}, part
    ? `This page shows ${names.length.toLocaleString("en")} of the ${plural(REPORT.total, "pair")} of the data set, and not this one. If the data set has it, write the report with a larger --max-pairs.`
    : `The data set has no pair ${id.slice(0, 80)}.`),
  near.length > 0 && h("p", {}, "Near to it: ", near.map((name, i) => [i > 0 && ", ", h("a", { href: `#/pair/${encodeURIComponent(name)}` }, name)]).flat()),
  h("p", {}, h("a", { href: "#/" }, "All pairs")));
}

function showHeader(sample) {
  const list = gallery.matches.includes(sample) ? gallery.matches : REPORT.samples;
  const place = list.indexOf(sample);
  find("viewer-title").textContent = sample.sample;
  fill(find("viewer-badges"), badge(sample), [sample.subset, sample.setting, sample.config !== sample.setting && sample.config].filter(Boolean).map((text) => h("span", { class: "badge" }, text)));
  find("viewer-place").textContent = `${place + 1} of ${list.length}`;
  for (const [name, other] of [["previous", list[place - 1]], ["next", list[place + 1]]]) {
    if (other) find(name).setAttribute("href", `#/pair/${encodeURIComponent(other.sample)}`);
    else find(name).removeAttribute("href");
  }
  fill(find("banner"), sample.problems.length && h("div", { class: `callout ${sample.bad || "warning"}`, role: "note" },
    h("span", {}, h("b", {}, sample.bad === "error" ? "Bad sample. " : "To look at. "), plural(sample.problems.length, "problem")),
    h("ul", {}, sample.problems.slice(0, 12).map(problemItem))));
}

// Everything that depends on the state.
function update() {
  if (!view.open) return;
  showModes();
  if (view.mode === "loop") startLoop();
  else stopLoop();
  stage.setMode(view.mode);
  stage.show("a", view.mode === "loop" ? LOOP[view.frame] : view.a);
  stage.show("b", view.b);
  showLayerControls();
  showLegend();
  showLayers();
  showReadout();
  showFiles();
}

function showModes() {
  const press = (pressed) => ({ type: "button", "aria-pressed": String(pressed) });
  refill(find("modes"), Object.entries(MODES).map(([mode, title]) => h("button", { ...press(view.mode === mode), "data-mode": mode, onclick: () => setMode(mode) }, title)));
  find("images").hidden = view.mode === "loop";
  refill(find("images"), view.images.map((key, i) => h("button", { ...press(view.a === key), "data-role": key, title: `key ${i + 1}`, onclick: () => setImage(key) }, NAMES[key])));
  find("against").hidden = view.mode === "loop";
  find("against").firstChild.textContent = view.mode === "flip" ? "flip with " : view.mode === "slider" ? "right " : "against ";
  fill(find("second"), view.images.map((key) => h("option", { value: key, selected: key === view.b }, NAMES[key])));
  find("speed-box").hidden = view.mode !== "loop";
  find("gain-box").hidden = view.mode !== "difference";
}

// Steps of the gain of a difference.
const GAINS = [1, 2, 3, 5, 10, 20, 50];

function setGain(step) {
  view.gain = clamp(step, 0, GAINS.length - 1);
  find("gain").value = view.gain;
  find("gain").setAttribute("aria-valuetext", `${GAINS[view.gain]} times`);
  stage.root.style.setProperty("--gain", GAINS[view.gain]);
  if (view.open) showHint();
}

function setMode(mode) {
  view.mode = mode;
  update();
}

// The image that was there stays at hand for the next flip.
function setImage(key) {
  if (!view.images.includes(key)) return;
  if (view.mode === "loop") view.mode = "flip";
  if (key !== view.a && (view.mode === "flip" || key === view.b)) view.b = view.a;
  view.a = key;
  update();
}

function flip() {
  if (view.mode === "loop") view.mode = "flip";
  [view.a, view.b] = [view.b, view.a];
  update();
}

function startLoop() {
  stopLoop();
  view.timer = setInterval(() => {
    view.frame = (view.frame + 1) % LOOP.length;
    stage.show("a", LOOP[view.frame]);
    showLayers();
    showReadout();
  }, 1000 / Number(find("speed").value));
}

function stopLoop() {
  clearInterval(view.timer);
  view.timer = null;
}

// Layers that are switched on: several masks, or one of another kind.
function activeLayers() {
  const all = view.open.layers.filter((layer) => layer.kind === view.kind);
  if (view.kind === "mask") return all.filter((layer) => view.masks.has(layer.id));
  const wanted = all.find((layer) => layer.id === view.chosen[view.kind]);
  return wanted ? [wanted] : [];
}

function setKind(kind) {
  view.kind = kind;
  const all = view.open.layers.filter((layer) => layer.kind === kind);
  if (kind === "mask" && all.length && !activeLayers().length) view.masks.add((all.find((layer) => layer.name === "dynamic_union") || all[0]).id);
  if (kind && kind !== "mask" && !activeLayers().length) view.chosen[kind] = all[0]?.id;
  goHome();
  update();
}

function setLayer(layer) {
  if (layer.kind !== "mask") view.chosen[layer.kind] = layer.id;
  else if (!view.masks.delete(layer.id)) view.masks.add(layer.id);
  if (layer.kind !== "mask" || view.masks.has(layer.id)) goHome(layer);
  update();
}

// Shows an image in whose pixels the layer lies.
function goHome(layer = activeLayers()[0]) {
  if (!layer || view.mode === "loop") return;
  const shown = view.mode === "slider" ? [view.a, view.b] : [view.a];
  if (shown.some((image) => layer.home.includes(inFrame(image)))) return;
  const side = view.mode === "slider" ? "b" : "a";
  if (side === "a" && view.b === layer.home[0]) view.b = view.a;
  view[side] = layer.home[0];
}

function showLayerControls() {
  const kinds = Object.keys(KINDS).filter((kind) => view.open.layers.some((layer) => layer.kind === kind));
  if (view.kind && !kinds.includes(view.kind)) view.kind = null;
  const chip = (pressed, text, onclick, extra) => h("button", { type: "button", class: "chip", "aria-pressed": String(pressed), onclick, ...extra }, text);
  refill(find("kinds"), chip(!view.kind, "None", () => setKind(null), { "data-kind": "none" }),
    kinds.map((kind) => chip(view.kind === kind, KINDS[kind].title, () => setKind(kind), { "data-kind": kind })));
  const active = activeLayers();
  refill(find("variants"), view.open.layers.filter((layer) => layer.kind === view.kind)
    .map((layer) => chip(active.includes(layer), layer.title, () => setLayer(layer), { "data-layer": layer.id })));
  find("opacity-box").hidden = !view.kind;
  if (view.kind) find("opacity").value = view.opacity[view.kind];
  find("about").textContent = active.length === 1 ? active[0].about : "";
}

// A layer is drawn only over images in whose pixels it lies: on the right of the slider if it can be.
function showLayers() {
  const active = view.mode === "difference" ? [] : activeLayers();
  const shows = { a: inFrame(view.mode === "loop" ? LOOP[view.frame] : view.a), b: inFrame(view.b) };
  const sides = view.mode === "slider" ? ["b", "a"] : ["a"];
  const at = (side) => active.filter((layer) => layer.home.includes(shows[side]));
  const side = sides.find((candidate) => at(candidate).length);
  for (const other of ["a", "b"]) {
    const canvas = stage.canvas(other);
    canvas.style.opacity = view.opacity[view.kind] ?? 1;
    canvas.hidden = other !== side;
  }
  if (side) drawLayers(stage.canvas(side), at(side));
  view.lost = active.length > 0 && !side && view.mode !== "loop" ? active[0] : null;
  showHint();
}

// What stands beside the names of the images above the stage.
function showHint() {
  const gain = GAINS[view.gain];
  const columns = zoom.step();
  const hints = [
    view.lost && `this layer lies in ${NAMES[view.lost.home[0]]}`,
    view.mode === "difference" && `difference × ${gain}${gain > 5 ? "; images of this page are compressed: a few levels are noise" : ""}`,
    stage.root.dataset.crisp === "true" && zoom.scale > 1 && columns > 1.01 && `images of this page have ${Math.round(stage.size[0] / columns)} of ${stage.size[0].toLocaleString("en")} columns`,
  ];
  find("hint").textContent = hints.filter(Boolean).join("; ");
}

function drawLayers(canvas, layers) {
  const name = layers.map((layer) => layer.id).join();
  if (canvas.dataset.layers === name) return;
  canvas.dataset.layers = name;
  paint(canvas, layers, view.open.colours).catch(layerFailed);
}

function layerFailed(error) {
  find("about").textContent = typeof DecompressionStream === "undefined" ? "This browser is too old to show layers." : `This layer cannot be shown: ${error.message}`;
}

function showFacts(sample, scene) {
  const seconds = scene.metadata.fps ? ` (${number(Math.abs(sample.t2 - sample.t1) / scene.metadata.fps)} s)` : "";
  const rows = [
    ["subset", sample.subset], ...REPORT.measures.map((measure) => [measure.title, MOTION_TEXT[measure.key] ? motionText(sample, measure.key) : measureText(measure, sample[measure.key])]),
    ["times, poses", `${sample.t1} → ${sample.t2}${seconds}, ${sample.p1} → ${sample.p2}`],
    ["camera", known(scene.camera.lens) ? `${number(scene.camera.lens)} mm, ${number((360 / Math.PI) * scene.camera.half_angle)}° wide` : null],
    ["environment", scene.metadata.background], ["samples a pixel", scene.metadata.samples_per_pixel], ["scene seed", scene.metadata.seed],
  ];
  fill(find("facts"), rows.filter(([, value]) => known(value) && value !== "–").map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)))));
}

function showStrip(sample) {
  const others = REPORT.samples.filter((other) => other.scene === sample.scene);
  fill(find("strip"), others.map((other) => h("a", { href: `#/pair/${encodeURIComponent(other.sample)}`, "aria-label": `Pair ${other.sample}`, "aria-current": other === sample ? "true" : null, "data-bad": other.bad || null },
    h("div", { class: "frame", style: `${ratio()};${thumbStyle(other, "1")}` }), h("span", {}, String(other.pair)))));
  const current = find("strip").querySelector("[aria-current]");
  if (current) find("strip").scrollLeft = current.offsetLeft - find("strip").clientWidth / 2;
}
