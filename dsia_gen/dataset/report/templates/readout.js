// Values of all layers under the pointer, and the arrow of the flow that is shown.

async function showReadout() {
  const at = view.pointer;
  const image = at && (view.mode === "loop" ? LOOP[view.frame] : view[at.side]);
  if (!at || !view.open) return clearReadout();
  const role = inFrame(image);
  const here = view.open.layers.filter((layer) => layer.home.includes(role));
  const planes = await Promise.all(here.map(planesOf)).catch(() => []);
  if (at !== view.pointer || !view.open) return undefined;
  const values = planes.map((found, k) => ({ layer: here[k], planes: found, i: Math.floor(at.fy * here[k].height) * here[k].width + Math.floor(at.fx * here[k].width) }));
  const thinned = here.length > 0 && stage.size[0] / here[0].width > 1.01;
  const items = [h("span", {}, h("b", {}, NAMES[image]), ` pixel ${Math.floor(at.x)}, ${Math.floor(at.y)}`), ...values.map(valueItem).filter(Boolean),
    thinned && h("span", { class: "soft" }, `layers of this page have ${here[0].width} of ${stage.size[0].toLocaleString("en")} columns`)];
  fill(find("readout"), items);
  return showMarks(at, values);
}

function clearReadout() {
  fill(find("readout"), h("span", { class: "soft" }, "Point at the image to read depth, instance, flow and why a pixel is hidden. Double-click to see single pixels."));
  if (stage.arrow) stage.point(null, null);
  markFlow(null, null);
  markDepth(null, NaN);
}

const VALUE = {
  depth: (layer, [levels], i) => `depth ${levels[i] ? `${number(depthAt(layer, levels[i]))} m` : "none"}`,
  label: (_layer, [ids], i) => (ids[i] ? `#${ids[i]} ${view.open.scene.instances.find((entry) => entry.id === ids[i])?.name ?? ""}` : "environment"),
  vector(layer, planes, i) {
    const vector = vectorAt(layer, planes, i);
    return `${layer.name.replaceAll("_", " ")} ${vector ? `${vector.map(signed).join(" ")} ${layer.unit}` : "none"}`;
  },
  mask: (layer, [mask], i) => (mask[i] ? layer.name.replaceAll("_", " ") : null),
  flow(layer, planes, i) {
    const flow = flowAt(layer, planes, i);
    return `→ ${NAMES[layer.direction[1]]} ${flow ? `u ${signed(flow[0])} v ${signed(flow[1])} px` : "no flow"}`;
  },
  reason: (layer, [reasons], i) => (reasons[i] === PALETTE.visible ? null : `${REASON[reasons[i]]?.name ?? "unknown"} in ${NAMES[layer.direction[1]]}`),
};

function valueItem({ layer, planes, i }) {
  const text = VALUE[layer.kind](layer, planes, i);
  return text && h("span", { "data-value": layer.name, class: view.kind === layer.kind ? "strong" : null }, text);
}

function showMarks(at, values) {
  const shown = values.find(({ layer }) => layer === activeLayers()[0]);
  const flow = shown?.layer.kind === "flow" ? flowAt(shown.layer, shown.planes, shown.i) : null;
  stage.point(at, flow);
  markFlow(shown?.layer, flow);
  markDepth(shown?.layer, shown?.layer.kind === "depth" ? depthAt(shown.layer, shown.planes[0][shown.i]) : NaN);
}
