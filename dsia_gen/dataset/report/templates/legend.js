// What the colours of a layer mean: the wheel of a flow with marks, the ramp of depth, names of labels.

function showLegend() {
  const active = activeLayers();
  fill(find("legend"), active.length ? LEGEND[view.kind](active) : null);
}

const LEGEND = {
  flow([layer]) {
    return [h("div", { class: "wheel-box" },
      h("div", { class: "wheel-ring" }, flowWheel(WHEEL), wheelMarks(layer.scale), h("i", { id: "wheel-dot", hidden: true })),
      h("p", { class: "soft" }, "A colour is the direction and the length of a flow, from the centre on; rim ", h("b", {}, `${number(layer.scale)} px`),
        ", longer is darker.", h("br"), h("span", { id: "wheel-value" }))),
    layer.lengths && histogramChart({ ...layer.lengths, key: layer.name, title: "Length of the flow", about: "all pixels of this pair that have one", unit: "px", noun: "pixel" })];
  },
  reason([layer]) {
    const rows = PALETTE.occlusion.filter((reason) => layer.shares[reason.value] > 0);
    return rows.map((reason) => legendRow(reason.value === PALETTE.visible ? "transparent" : rgb(reason.colour), reason.name, percent(layer.shares[reason.value])));
  },
  vector: ([layer]) => layer.channels.map((channel, c) => legendRow(rgb(vectorColour([0, 1, 2].map((k) => (k === c ? 1 : 0)))), channel, `${number(layer.scale)} ${layer.unit}`)),
  mask: (layers) => layers.map((layer) => legendRow(rgb(MASK_COLOURS[layer.name] || [216, 60, 140]), layer.title, percent(layer.share))),
  depth([layer]) {
    const none = layer.none > 0 && legendRow(rgb(NO_VALUE), "no surface, as in the sky", percent(layer.none));
    if (layer.none >= 1) return none;
    const stops = PALETTE.depth.filter((_, i) => i % 15 === 0).map(rgb).reverse().join(",");
    const ticks = depthTicks(layer);
    return [h("div", { class: "ramp-box" }, h("div", { class: "ramp", style: `background:linear-gradient(90deg,${stops})` }), h("i", { id: "ramp-mark", hidden: true }),
      h("div", { class: "x-axis" }, ticks.map((depth) => h("span", { style: `left:${rampPlace(layer, depth)}%` }, number(depth))))),
    h("p", { class: "soft about" }, "metres along the optical axis, even in 1 / depth; ", h("span", { id: "ramp-value" })), none];
  },
  label([layer]) {
    const seen = view.open.scene.instances.filter((entry) => layer.shares[entry.id]).sort((a, b) => layer.shares[b.id] - layer.shares[a.id]);
    return h("div", { class: "scroll" }, seen.map((entry) => legendRow(rgb(entry.colour), `${entry.id} ${entry.name}${entry.moves ? " · moves" : ""}`, percent(layer.shares[entry.id]))));
  },
};

const legendRow = (colour, text, value) => h("div", { class: "legend-row" }, h("i", { style: `background:${colour}` }), h("span", { title: text }, text), h("span", { class: "soft" }, value));

const WHEEL = 148;

// Rings at half the scale and at the scale with their lengths, and the four directions in the image.
function wheelMarks(scale) {
  const [middle, r] = [WHEEL / 2, WHEEL / 2];
  const rings = [0.5, 1].map((share) => s("circle", { cx: middle, cy: middle, r: r * share - (share === 1 ? 0.5 : 0) }));
  const lengths = [0.5, 1].map((share) => s("text", { x: middle + 0.6 * r * share, y: middle - 0.6 * r * share + 4, class: "wheel-length" }, number(scale * share, 2)));
  const directions = [["right", r - 5, 4, "end"], ["left", 5 - r, 4, "start"], ["up", 0, 14 - r, "middle"], ["down", 0, r - 6, "middle"]]
    .map(([name, x, y, anchor]) => s("text", { x: middle + x, y: middle + y, "text-anchor": anchor }, name));
  const cross = s("path", { d: `M${middle - 4} ${middle}h8M${middle} ${middle - 4}v8` });
  return s("svg", { viewBox: `0 0 ${WHEEL} ${WHEEL}`, class: "wheel-marks", role: "img", "aria-label": `Wheel of directions and lengths up to ${number(scale)} px` }, rings, cross, directions, lengths);
}

// Where a depth lies on the ramp, in per cent from near to far.
const rampPlace = (layer, depth) => 100 * (1 - clamp((1 / depth - 1 / layer.far) / Math.max(1 / layer.near - 1 / layer.far, 1e-9), 0, 1));

// The two ends, and between them round depths that stand apart.
function depthTicks(layer) {
  const ticks = [layer.near, layer.far];
  if (layer.far / layer.near < 1.02) return [layer.near];
  for (let power = Math.floor(Math.log10(layer.near)); power <= Math.log10(layer.far); power++) {
    for (const digit of [1, 2, 3, 5, 1.5, 4, 7]) {
      const depth = digit * 10 ** power;
      if (depth <= layer.near || depth >= layer.far) continue;
      if (ticks.every((other) => Math.abs(rampPlace(layer, other) - rampPlace(layer, depth)) > 14)) ticks.push(depth);
    }
  }
  return ticks.sort((a, b) => a - b);
}

// Marks in the legend what is under the pointer: on the wheel, the ramp and the histogram.
function markFlow(layer, flow) {
  const mark = find("wheel-dot");
  if (!mark) return;
  mark.toggleAttribute("hidden", !flow);
  find("wheel-value").textContent = flow ? `here ${number(Math.hypot(...flow))} px` : "";
  const bars = [...find("legend").querySelectorAll(".plot rect")];
  const length = flow && Math.hypot(...flow);
  const bar = flow && layer.lengths ? clamp(Math.floor((length / layer.lengths.top) * bars.length), 0, bars.length - 1) : -1;
  bars.forEach((node, i) => node.classList.toggle("here", i === bar));
  if (!flow) return;
  const shrink = 50 / Math.max(layer.scale, length);
  mark.style.cssText = `left:${50 + flow[0] * shrink}%;top:${50 + flow[1] * shrink}%`;
}

function markDepth(layer, depth) {
  const mark = find("ramp-mark");
  if (!mark) return;
  mark.toggleAttribute("hidden", !Number.isFinite(depth));
  find("ramp-value").textContent = Number.isFinite(depth) ? `here ${number(depth)} m` : "";
  if (Number.isFinite(depth)) mark.style.left = `${rampPlace(layer, depth)}%`;
}
