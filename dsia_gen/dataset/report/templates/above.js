// The scene from above: the camera's path, both cameras, and the instances that the pair sees.

const INSET_HEIGHT = 118;
const ROLE_STROKE = { 1: "var(--role-1)", 2: "var(--role-2)" };

function showAbove(scene, pair) {
  const instances = scene.instances.filter((instance) => isSeen(instance, pair));
  const frame = aboveFrame(scene, instances, pair);
  const marks = [...cameraPath(scene, frame), ...instances.flatMap((instance) => instanceMarks(instance, pair, frame)),
    ...cameraMarks(scene, pair, frame), scaleBar(frame)].filter(Boolean);
  fill(find("above"), s("svg", { viewBox: `0 0 ${frame.width} ${frame.height}`, role: "img",
    "aria-label": `Plan of the scene: ${plural(scene.camera.poses.length, "camera pose")}, ${plural(instances.length, "visible instance")}` }, marks),
  cameraInset(scene, pair, frame),
  h("p", { class: "soft caption" }, h("i", { class: "dot role-1" }), `camera 1 (time ${pair.t1})  `, h("i", { class: "dot role-2" }), `camera 2 (time ${pair.t2})`));
}

const isSeen = (instance, pair) => Object.values(pair.keys).some((key) => instance.pixels[key]);

// Maps metres to the drawing: all poses, and instances that are not far beyond them.
function aboveFrame(scene, instances, pair) {
  const { at, towards } = scene.camera.poses[pair.p1];
  const reach = (point) => Math.hypot(point[0] - at[0], point[1] - at[1]);
  const near = instances.flatMap((instance) => instance.path).filter((point) => reach(point) < 15);
  const ahead = [0, 1].map((c) => at[c] + 2 * towards[c]);
  return fit([...scene.camera.poses.map((pose) => pose.at), ...near, ahead], { x: 0, y: 0, width: 340, height: 260, foot: 24, margin: 26 });
}

// A frame that shows all points, x to the right and y upwards.
function fit(points, box) {
  const [low, high] = [Math.min, Math.max].map((best) => [0, 1].map((c) => best(...points.map((point) => point[c]))));
  const foot = box.foot ?? 0; // kept free below, for a scale bar
  const room = [box.width, box.height - foot].map((size, c) => (size - 2 * box.margin) / Math.max(high[c] - low[c], 1e-3));
  const scale = Math.min(...room);
  const middle = [0, 1].map((c) => (low[c] + high[c]) / 2);
  const centre = [box.x + box.width / 2, box.y + (box.height - foot) / 2];
  return { ...box, scale, extent: Math.max(high[0] - low[0], high[1] - low[1]),
    to: (point) => [centre[0] + (point[0] - middle[0]) * scale, centre[1] - (point[1] - middle[1]) * scale] };
}

// The camera's path enlarged, where it is too short to be seen in the plan; below the plan, so that it covers nothing.
function cameraInset(scene, pair, frame) {
  const inset = fit(scene.camera.poses.map((pose) => pose.at), { x: 0, y: 0, width: frame.width, height: INSET_HEIGHT, foot: 24, margin: 24 });
  if (inset.extent * frame.scale > 60 || inset.extent < 1e-3) return null;
  return s("svg", { viewBox: `0 0 ${inset.width} ${inset.height}`, class: "inset", role: "img", "aria-label": "The cameras, enlarged" },
    cameraPath(scene, inset), cameraMarks(scene, pair, inset, 22), scaleBar(inset),
    s("text", { x: inset.width - 10, y: inset.height - 11, "text-anchor": "end", class: "soft-text" }, `cameras × ${number(inset.scale / frame.scale, 2)}`));
}

const polyline = (points, frame, attributes) => s("polyline", { points: points.map((point) => frame.to(point).map((v) => v.toFixed(1)).join(",")).join(" "), ...attributes });

function cameraPath(scene, frame) {
  const points = scene.camera.poses.map((pose) => pose.at);
  const dots = points.length > 60 ? [] : points.map((point) => dot(frame.to(point), 1.6, "var(--soft)"));
  return [polyline(points, frame, { class: "camera-path" }), ...dots];
}

const dot = ([x, y], r, colour) => s("circle", { cx: x, cy: y, r, fill: colour });

function cameraMarks(scene, pair, frame, size = clamp(1.6 * frame.scale, 40, 90)) {
  return [["1", pair.p1], ["2", pair.p2]].flatMap(([role, index]) => {
    const pose = scene.camera.poses[index];
    const [x, y] = frame.to(pose.at);
    const length = size * Math.hypot(pose.towards[0], pose.towards[1]);
    const middle = Math.atan2(-pose.towards[1], pose.towards[0]);
    const corners = [-1, 1].map((side) => middle + side * scene.camera.half_angle).map((angle) => `${x + length * Math.cos(angle)},${y + length * Math.sin(angle)}`);
    const wedge = s("polygon", { points: `${x},${y} ${corners.join(" ")}`, class: "wedge", style: `--c:${ROLE_STROKE[role]}` });
    const body = dot([x, y], 4.5, ROLE_STROKE[role]);
    wedge.append(s("title", {}, `camera ${role}, pose ${index}, ${number(pose.at[2])} m high`));
    return [wedge, body];
  });
}

function instanceMarks(instance, pair, frame) {
  const at = (time) => instance.path[Math.min(time, instance.path.length - 1)];
  const colour = rgb(instance.colour);
  const place = frame.to(at(pair.t2));
  const mark = s("circle", { cx: place[0], cy: place[1], r: instance.role === "foreground" ? 5.5 : 3.5, class: instance.moves ? "object moves" : "object", fill: colour });
  mark.append(s("title", {}, `${instance.name} (${instance.kind}${instance.moves ? ", moves" : ""})`));
  if (instance.path.length < 2) return [mark];
  return [polyline(instance.path, frame, { class: "object-path", stroke: colour }), dot(frame.to(at(pair.t1)), 2.5, colour), mark];
}

function scaleBar(frame) {
  const length = niceLength(90 / frame.scale);
  const [x, y] = [12, frame.height - 12];
  return s("g", { class: "scale" }, s("path", { d: `M${x} ${y - 4}v4h${length * frame.scale}v-4` }),
    s("text", { x: x + length * frame.scale + 6, y: y + 1 }, `${number(length)} m`));
}
