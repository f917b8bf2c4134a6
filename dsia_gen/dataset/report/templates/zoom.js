// Zoom and pan of the stage, and a grid where the pixels of its images are large enough to be told apart.

const LARGEST_PIXEL = 64; // of the screen, for a pixel of the data set
const GRID_FROM = 8;
const CRISP_FROM = 2;

const zoom = {
  scale: 1,
  x: 0, // of the image's left upper corner, in pixels of the screen
  y: 0,
  fingers: new Map(),

  // Pixels of the screen for one of the data set.
  pixel: () => (zoom.scale * stage.root.clientWidth) / stage.size[0],

  // Columns of the data set for one of the images in this page, which are smaller than large ones.
  step: () => Math.max(1, stage.size[0] / (stage.sides.a?.querySelector("img")?.naturalWidth || stage.size[0])),

  // Set the scale; what lies at (x, y) of the stage stays there.
  to(scale, x = stage.root.clientWidth / 2, y = stage.root.clientHeight / 2) {
    const most = Math.max(1, (LARGEST_PIXEL * stage.size[0]) / Math.max(1, stage.root.clientWidth));
    const next = clamp(scale, 1, most);
    zoom.x = x - ((x - zoom.x) * next) / zoom.scale;
    zoom.y = y - ((y - zoom.y) * next) / zoom.scale;
    zoom.scale = next;
    zoom.show();
  },

  pan(dx, dy) {
    zoom.x += dx;
    zoom.y += dy;
    zoom.show();
  },

  show() {
    const { clientWidth: width, clientHeight: height } = stage.root;
    zoom.x = clamp(zoom.x, width * (1 - zoom.scale), 0);
    zoom.y = clamp(zoom.y, height * (1 - zoom.scale), 0);
    const { style, dataset } = stage.root;
    style.setProperty("--zoom", zoom.scale);
    style.setProperty("--dx", `${zoom.x}px`);
    style.setProperty("--dy", `${zoom.y}px`);
    dataset.zoomed = String(zoom.scale > 1);
    dataset.crisp = String(zoom.pixel() * zoom.step() >= CRISP_FROM);
    drawGrid(width, height);
    find("zoom-value").textContent = `×${number(zoom.pixel(), 2)}`;
    find("zoom-out").disabled = find("zoom-fit").disabled = zoom.scale <= 1;
    if (view.open) {
      showHint();
      showReadout();
    }
  },
};

// Lines between the pixels of the images, sharp on any screen.
function drawGrid(width, height) {
  const grid = stage.grid;
  const step = zoom.pixel() * zoom.step();
  grid.hidden = step < GRID_FROM;
  if (grid.hidden) return;
  const ratio = window.devicePixelRatio || 1;
  Object.assign(grid, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  const pen = grid.getContext("2d");
  const lines = (offset, length, end, line) => {
    for (let k = Math.ceil(-offset / step); k * step + offset <= length; k++) {
      const at = Math.round((k * step + offset) * ratio);
      pen.fillRect(...(line === "x" ? [at, 0, 1, end * ratio] : [0, at, end * ratio, 1]));
    }
  };
  // a light and a dark line side by side are seen on any image
  for (const [colour, shift] of [["rgba(0, 0, 0, 0.35)", 0], ["rgba(255, 255, 255, 0.3)", 1 / ratio]]) {
    pen.fillStyle = colour;
    lines(zoom.x + shift, width, height, "x");
    lines(zoom.y + shift, height, width, "y");
  }
}

const inStage = (event) => {
  const box = stage.root.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

// The wheel zooms with Ctrl or Command, as a trackpad pinches, and without them where the image is zoomed already.
function wheelZoom(event) {
  if (!view.open || (!event.ctrlKey && !event.metaKey && zoom.scale <= 1)) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  zoom.to(zoom.scale * Math.exp(-clamp(event.deltaY * lines, -120, 120) / (event.ctrlKey ? 120 : 300)), ...inStage(event));
}

// A double click goes to the pixel, and back.
function toggleZoom(event) {
  if (!view.open || event.target.closest(".handle")) return;
  const close = (16 * stage.size[0]) / stage.root.clientWidth;
  zoom.to(zoom.scale > 1 ? 1 : close, ...inStage(event));
}

// One finger or the mouse pans where the image is zoomed, two fingers zoom. Whether the event was used.
function dragZoom(event) {
  if (!view.open) return false;
  const place = inStage(event);
  if (event.type === "pointerdown") {
    zoom.fingers.set(event.pointerId, place);
    return zoom.fingers.size > 1;
  }
  const before = zoom.fingers.get(event.pointerId);
  if (event.type !== "pointermove") {
    zoom.fingers.delete(event.pointerId);
    return false;
  }
  if (!before) return false;
  if (event.pointerType === "mouse" && !event.buttons) { // let go outside the stage
    zoom.fingers.delete(event.pointerId);
    return false;
  }
  if (zoom.fingers.size === 2) {
    const [other] = [...zoom.fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    const distance = ([x, y]) => Math.max(1, Math.hypot(x - other[0], y - other[1]));
    const middle = [0, 1].map((c) => (place[c] + other[c]) / 2);
    zoom.fingers.set(event.pointerId, place);
    zoom.to((zoom.scale * distance(place)) / distance(before), ...middle);
    return true;
  }
  if (zoom.scale <= 1 || event.target.closest(".handle")) return false;
  zoom.fingers.set(event.pointerId, place);
  if (!stage.root.hasPointerCapture(event.pointerId)) stage.root.setPointerCapture(event.pointerId);
  zoom.pan(place[0] - before[0], place[1] - before[1]);
  return true;
}

const panBy = (x, y) => zoom.pan(x * 0.1 * stage.root.clientWidth, y * 0.1 * stage.root.clientHeight);
