// Layers as colours: the formulas of visual.py, with its tables in REPORT.palette.

const PALETTE = REPORT.palette;
const NO_VALUE = PALETTE.occlusion.find((reason) => reason.value === PALETTE.unknown).colour;
const REASON = Object.fromEntries(PALETTE.occlusion.map((reason) => [reason.value, reason]));
const MASK_COLOURS = {
  dynamic_1: [0, 114, 178], dynamic_gt: [0, 158, 115], dynamic_union: [216, 60, 140],
  light_change: [240, 228, 66], unreliable: [213, 94, 0],
};

// Direction is hue, length is saturation; longer than `scale` is darker.
function flowColour(u, v, scale) {
  const wheel = PALETTE.wheel;
  const radius = Math.hypot(u, v) / scale;
  const place = ((Math.atan2(-v, -u) / Math.PI + 1) / 2) * (wheel.length - 1);
  const low = Math.floor(place);
  const share = place - low;
  return [0, 1, 2].map((c) => {
    const hue = (1 - share) * wheel[low][c] + share * wheel[(low + 1) % wheel.length][c];
    return 255 * (radius <= 1 ? 1 - radius * (1 - hue) : 0.75 * hue);
  });
}

// Components from -1 to 1 as red, green and blue around grey.
const vectorColour = (components) => components.map((value) => Math.floor(clamp((value + 1) / 2, 0, 1) * 255));

// Writes colour and alpha (0 to 255) of every pixel by kind of layer.
const PAINT = {
  flow(layer, planes, put) {
    for (let i = 0; i < planes[0].length; i++) {
      const flow = flowAt(layer, planes, i);
      put(i, flow ? flowColour(flow[0], flow[1], layer.scale) : NO_VALUE, 255);
    }
  },
  reason(_layer, [reasons], put) {
    for (let i = 0; i < reasons.length; i++) {
      if (reasons[i] !== PALETTE.visible) put(i, (REASON[reasons[i]] || { colour: NO_VALUE }).colour, 255);
    }
  },
  vector(layer, planes, put) {
    for (let i = 0; i < planes[0].length; i++) {
      const vector = vectorAt(layer, planes, i);
      put(i, vector ? vectorColour(vector.map((value) => value / layer.scale)) : NO_VALUE, 255);
    }
  },
  depth(layer, [levels], put) {
    const shades = [NO_VALUE];
    for (let level = 1; level <= layer.levels; level++) shades.push(depthColour(depthAt(layer, level), layer));
    for (let i = 0; i < levels.length; i++) put(i, shades[levels[i]], 255);
  },
  label(_layer, [ids], put, colours) {
    for (let i = 0; i < ids.length; i++) if (ids[i]) put(i, colours.get(ids[i]) || [255, 255, 255], 255);
  },
  mask(layer, [mask], put) {
    for (let i = 0; i < mask.length; i++) if (mask[i]) put(i, MASK_COLOURS[layer.name] || [216, 60, 140], 255);
  },
};

// Bright near and dark far, evenly in 1 / depth.
function depthColour(depth, layer) {
  const share = (1 / depth - 1 / layer.far) / Math.max(1 / layer.near - 1 / layer.far, 1e-9);
  return PALETTE.depth[Math.round(255 * clamp(share, 0, 1))];
}

// Paint layers of one size onto a canvas, the later over the earlier.
async function paint(canvas, layers, colours) {
  const all = await Promise.all(layers.map(planesOf));
  const { width, height } = layers[0];
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const put = (i, colour, alpha) => image.data.set([colour[0], colour[1], colour[2], alpha], 4 * i);
  layers.forEach((layer, k) => PAINT[layer.kind](layer, all[k], put, colours));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// The flow wheel: the end of a vector from the centre has the colour of that vector.
function flowWheel(size) {
  const canvas = h("canvas", { width: size, height: size, class: "wheel", "aria-hidden": "true" });
  const image = new ImageData(size, size);
  const r = size / 2;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [u, v] = [x + 0.5 - r, y + 0.5 - r];
      const edge = clamp(r - Math.hypot(u, v), 0, 1);
      image.data.set([...flowColour(u, v, r), 255 * edge], 4 * (y * size + x));
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
