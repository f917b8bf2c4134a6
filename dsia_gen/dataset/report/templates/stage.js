// The stage: two stacks of the same images, a layer over them, a handle between them, and an arrow for the flow.

const stage = {
  root: find("stage"),
  sides: {},
  split: 50,

  // One stack a side; all images are there at once, so that a flip does not flicker.
  build(images, size) {
    const stack = (side) => {
      const nodes = images.map(({ key, src }) => (src
        ? h("img", { src, alt: NAMES[key], "data-image": key, draggable: "false" })
        : h("div", { class: "no-image", "data-image": key }, `${NAMES[key]} cannot be read`)));
      stage.sides[side] = h("div", { class: `half half-${side}` }, nodes, h("canvas", { class: "layer", "aria-hidden": "true" }));
      return stage.sides[side];
    };
    stage.handle = h("div", { id: "handle", class: "handle", role: "slider", tabindex: "0", "aria-label": "Border between the two images",
      "aria-valuemin": 0, "aria-valuemax": 100, "aria-orientation": "horizontal", onkeydown: handleKey });
    stage.arrow = s("svg", { class: "arrow", viewBox: `0 0 ${size[0]} ${size[1]}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    stage.tags = ["a", "b"].map((side) => h("span", { class: `tag tag-${side}` }));
    stage.size = size;
    stage.root.style.setProperty("--ratio", size[0] / size[1]);
    stage.root.style.aspectRatio = `${size[0]} / ${size[1]}`;
    fill(stage.root, stack("a"), stack("b"), stage.arrow, stage.tags, stage.handle);
    stage.setSplit(stage.split);
  },

  // Which image a side shows, with its label.
  show(side, key) {
    for (const node of stage.sides[side].querySelectorAll("[data-image]")) node.classList.toggle("on", node.dataset.image === key);
    const tag = stage.tags[side === "a" ? 0 : 1];
    tag.textContent = NAMES[key];
    tag.dataset.role = key;
  },

  canvas: (side) => stage.sides[side].querySelector("canvas"),

  setMode(mode) {
    stage.root.dataset.mode = mode;
    stage.handle.tabIndex = mode === "slider" ? 0 : -1;
  },

  setSplit(percentage) {
    stage.split = clamp(percentage, 0, 100);
    stage.root.style.setProperty("--split", `${stage.split}%`);
    stage.handle.setAttribute("aria-valuenow", Math.round(stage.split));
  },

  // Pixel of the data set under a pointer, and the side it is on; null outside.
  pixel(event) {
    const box = stage.root.getBoundingClientRect();
    const [fx, fy] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (fx < 0 || fy < 0 || fx >= 1 || fy >= 1) return null;
    const side = stage.root.dataset.mode === "slider" && 100 * fx > stage.split ? "b" : "a";
    return { x: fx * stage.size[0], y: fy * stage.size[1], fx, fy, side };
  },

  // An arrow from a pixel along a flow; none without one.
  point(at, flow) {
    if (!flow) return fill(stage.arrow);
    const unit = stage.size[0] / Math.max(1, stage.root.clientWidth);
    const [x, y] = [at.x + flow[0], at.y + flow[1]];
    const line = (name) => s("line", { x1: at.x, y1: at.y, x2: x, y2: y, class: name });
    fill(stage.arrow, line("halo"), line("shaft"), s("circle", { cx: x, cy: y, r: 4.5 * unit, class: "tip" }));
  },
};

function handleKey(event) {
  const step = { ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  stage.setSplit(stage.split + step);
}

// Dragging anywhere on the stage moves the border.
function dragHandle(event) {
  if (stage.root.dataset.mode !== "slider" || (event.type === "pointermove" && !event.buttons)) return;
  const box = stage.root.getBoundingClientRect();
  stage.setSplit((100 * (event.clientX - box.left)) / box.width);
  if (event.type === "pointerdown") {
    event.preventDefault();
    stage.handle.focus({ preventScroll: true });
    stage.root.setPointerCapture(event.pointerId);
  }
}
