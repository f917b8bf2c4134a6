// Starts the page: addresses, keys and pointers.

const KEYS = {
  " ": flip,
  f: () => setMode("flip"), s: () => setMode("slider"), d: () => setMode("difference"), l: () => setMode("loop"),
  1: () => setImage("1"), 2: () => setImage("2"), 3: () => setImage("gt"), 4: () => setImage("warp"),
  o: nextLayer,
  ArrowLeft: () => find("previous").click(), ArrowRight: () => find("next").click(),
  "+": () => zoom.to(zoom.scale * 2, ...zoomCentre()), "=": () => zoom.to(zoom.scale * 2, ...zoomCentre()), "-": () => zoom.to(zoom.scale / 2, ...zoomCentre()), 0: () => zoom.to(1),
  g: () => setGain((view.gain + 1) % GAINS.length),
  Escape: () => { location.hash = "#/"; },
};

const PAN = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Where keys zoom: at the pointer, else in the middle.
const zoomCentre = () => (view.pointer ? stage.place([view.pointer.x, view.pointer.y]) : [stage.root.clientWidth / 2, stage.root.clientHeight / 2]);

// The next variant of the kind that is shown, or the first kind.
function nextLayer() {
  const buttons = [...find("variants").children];
  if (!buttons.length) return find("kinds").children[1]?.click();
  const on = buttons.findIndex((button) => button.getAttribute("aria-pressed") === "true");
  if (view.kind === "mask") view.masks.clear();
  return buttons[(on + 1) % buttons.length].click();
}

function pressed(event) {
  const typing = event.target.closest("input:not([type=range]), select, textarea");
  const button = event.key === " " && event.target.closest("button:focus-visible, a:focus-visible, summary");
  const range = !event.shiftKey && event.key.startsWith("Arrow") && event.target.matches("input[type=range]");
  if (find("viewer").hidden || typing || button || range || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.shiftKey && PAN[event.key] && view.open) {
    event.preventDefault();
    panBy(...PAN[event.key]);
    return;
  }
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action || (!view.open && !event.key.startsWith("Arrow") && event.key !== "Escape")) return;
  event.preventDefault();
  action();
}

let overviewScroll = 0;

function route() {
  const id = decoded(location.hash.match(/^#\/pair\/(.+)$/)?.[1] ?? "");
  const wasViewer = !find("viewer").hidden;
  if (id && !wasViewer) overviewScroll = window.scrollY;
  find("overview").hidden = Boolean(id);
  find("viewer").hidden = !id;
  if (!id) {
    stopLoop();
    window.scrollTo(0, overviewScroll);
    return;
  }
  if (!wasViewer) {
    window.scrollTo(0, 0);
    find("viewer-title").focus({ preventScroll: true });
  }
  openPair(id).catch((error) => showMissing(id, error.message));
}

function listen() {
  document.addEventListener("keydown", pressed);
  window.addEventListener("hashchange", route);
  for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
    stage.root.addEventListener(type, (event) => {
      if (view.open && !dragZoom(event) && (type === "pointerdown" || type === "pointermove")) dragHandle(event);
    });
  }
  stage.root.addEventListener("wheel", wheelZoom, { passive: false });
  stage.root.addEventListener("dblclick", toggleZoom);
  for (const [name, factor] of [["zoom-in", 2], ["zoom-out", 0.5], ["zoom-fit", 0]]) find(name).addEventListener("click", () => zoom.to(zoom.scale * factor));
  find("gain").addEventListener("input", (event) => setGain(Number(event.target.value)));
  new ResizeObserver(() => { if (view.open) zoom.show(); }).observe(stage.root);
  for (const type of ["pointerdown", "pointermove"]) {
    stage.root.addEventListener(type, (event) => {
      if (!view.open) return;
      view.pointer = stage.pixel(event);
      showReadout();
    });
  }
  stage.root.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "touch") return; // what a finger pointed at stays to be read
    view.pointer = null;
    if (view.open) clearReadout();
  });
  find("second").addEventListener("change", (event) => { view.b = event.target.value; update(); });
  find("speed").addEventListener("input", () => { if (view.mode === "loop") startLoop(); });
  find("opacity").addEventListener("input", (event) => { view.opacity[view.kind] = Number(event.target.value); showLayers(); });
  new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) drawMore(); }, { rootMargin: "600px" }).observe(find("more"));
}

showOverview();
buildFilters();
showGallery();
listen();
setGain(view.gain);
route();
document.documentElement.dataset.ready = "true";
