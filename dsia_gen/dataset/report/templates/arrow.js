// The arrow of the flow under the pointer: from the middle of a pixel to where its flow ends.

const SHORT = 24; // pixels of the screen below which an arrow is drawn longer
const ENLARGED = [2, 5, 10, 20, 50, 100];

// Shapes of an arrow from `from` along `flow`, both in pixels of the screen; a short one is drawn longer, and says so.
function arrowShapes(from, flow, text) {
  const length = Math.hypot(...flow);
  const ring = s("circle", { cx: from[0], cy: from[1], r: 4, class: "tail" });
  const factor = length >= SHORT ? 1 : ENLARGED.find((candidate) => length * candidate >= SHORT) ?? ENLARGED.at(-1);
  const drawn = length * factor;
  if (drawn < 6) return [ring, label(from, [1, 0], text)];
  const along = flow.map((value) => value / length);
  const tip = [0, 1].map((c) => from[c] + along[c] * drawn);
  const head = clamp(0.45 * drawn, 7, 13);
  const neck = [0, 1].map((c) => tip[c] - along[c] * head);
  const side = [-along[1] * head * 0.45, along[0] * head * 0.45];
  const corners = [tip, [neck[0] + side[0], neck[1] + side[1]], [neck[0] - side[0], neck[1] - side[1]]];
  const line = (name) => s("line", { x1: from[0], y1: from[1], x2: neck[0], y2: neck[1], class: name });
  const points = corners.map((corner) => corner.map((value) => value.toFixed(2)).join(",")).join(" ");
  return [line("halo"), line("shaft"), s("polygon", { points, class: "tip", "data-x": tip[0], "data-y": tip[1], "data-times": factor }), ring,
    label(tip, along, factor > 1 ? `${text}, drawn ×${factor}` : text)];
}

// Beside the end of an arrow, on the side that it points to, and inside the stage.
function label([x, y], along, text) {
  const { clientWidth: width, clientHeight: height } = stage.root;
  const right = along[0] >= 0 ? x < width - 150 : x < 150;
  return s("text", { x: clamp(x + (right ? 12 : -12), 4, width - 4), y: clamp(y + (along[1] > 0 ? 18 : -8), 16, height - 8),
    "text-anchor": right ? "start" : "end", class: "arrow-text" }, text);
}
