// The stage: two stacks of the same images, a layer over them, a handle between them, and an arrow for the flow.

const stage = {
  root: find("stage"),
  sides: {},
  split: 50,
  size: [16, 9],

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
    stage.arrow = s("svg", { class: "arrow", "aria-hidden": "true" });
    stage.grid = h("canvas", { class: "grid", "aria-hidden": "true", hidden: true });
    stage.size = size;
    stage.root.style.setProperty("--ratio", size[0] / size[1]);
    stage.root.style.aspectRatio = `${size[0]} / ${size[1]}`;
    fill(stage.root, stack("a"), stack("b"), stage.grid, stage.arrow, stage.handle);
    stage.setSplit(stage.split);
    zoom.show();
  },

  // Which image a side shows; its label stands above the stage.
  show(side, key) {
    for (const node of stage.sides[side].querySelectorAll("[data-image]")) node.classList.toggle("on", node.dataset.image === key);
    const tag = find(`tag-${side}`);
    tag.textContent = NAMES[key];
    tag.dataset.role = key;
  },

  canvas: (side) => stage.sides[side].querySelector("canvas"),

  setMode(mode) {
    stage.root.dataset.mode = mode;
    find("tag-b").hidden = mode !== "slider" && mode !== "difference";
    stage.handle.tabIndex = mode === "slider" ? 0 : -1;
  },

  setSplit(percentage) {
    stage.split = clamp(percentage, 0, 100);
    stage.root.style.setProperty("--split", `${stage.split}%`);
    stage.handle.setAttribute("aria-valuenow", Math.round(stage.split));
  },

  // Pixel of the data set under a pointer, and the side it is on; null outside.
  pixel(event) {
    const { clientWidth: width, clientHeight: height } = stage.root;
    const [left, top] = inStage(event);
    if (left < 0 || top < 0 || left >= width || top >= height) return null;
    const [fx, fy] = [(left - zoom.x) / (width * zoom.scale), (top - zoom.y) / (height * zoom.scale)];
    const side = stage.root.dataset.mode === "slider" && (100 * left) / width > stage.split ? "b" : "a";
    return { x: fx * stage.size[0], y: fy * stage.size[1], fx, fy, side };
  },

  // Where a point of the data set is on the stage, in pixels of the screen.
  place: ([x, y]) => [zoom.x + x * zoom.pixel(), zoom.y + y * zoom.pixel()],

  // An arrow from a point of the data set along a flow; none without one.
  point(at, flow) {
    if (!flow) return fill(stage.arrow);
    const text = `${number(Math.hypot(...flow))} px`;
    return fill(stage.arrow, ...arrowShapes(stage.place([at.x, at.y]), flow.map((value) => value * zoom.pixel()), text));
  },
};

function handleKey(event) {
  const step = { ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 }[event.key];
  if (!step || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  stage.setSplit(stage.split + step);
}

// Dragging the handle moves the border; so does dragging anywhere else while the whole image is there.
function dragHandle(event) {
  if (stage.root.dataset.mode !== "slider" || (event.type === "pointermove" && !event.buttons)) return;
  if (zoom.scale > 1 && event.type === "pointerdown" && !event.target.closest(".handle")) return;
  if (event.type === "pointermove" && !stage.root.hasPointerCapture(event.pointerId)) return;
  stage.setSplit((100 * inStage(event)[0]) / stage.root.clientWidth);
  if (event.type === "pointerdown") {
    event.preventDefault();
    stage.handle.focus({ preventScroll: true });
    stage.root.setPointerCapture(event.pointerId);
  }
}
