// Planes of 16-bit numbers, as planes.py packs them: deflated differences, high bytes before low bytes.

async function unpack(text, width, height) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return restore(new Uint8Array(await new Response(stream).arrayBuffer()), width, height);
}

// Undo the differences; Uint16Array wraps at 65536 as the packing does.
function restore(data, width, height) {
  const n = width * height;
  const out = new Uint16Array(n);
  for (let i = 0; i < n; i++) {
    const left = i % width ? out[i - 1] : 0;
    const up = i >= width ? out[i - width] : 0;
    const corner = i % width && i >= width ? out[i - width - 1] : 0;
    out[i] = ((data[i] << 8) | data[n + i]) + left + up - corner;
  }
  return out;
}

// The planes of a layer, unpacked once.
function planesOf(layer) {
  layer.unpacked ??= Promise.all(layer.planes.map((text) => unpack(text, layer.width, layer.height)));
  return layer.unpacked;
}

function flowAt(layer, planes, i) {
  if (!planes[0][i]) return null;
  return [0, 1].map((c) => (planes[c][i] - layer.zero) / layer.steps);
}

// The components of a vector, with signs as stored; null without one.
function vectorAt(layer, planes, i) {
  if (!planes[0][i]) return null;
  return planes.map((plane) => ((plane[i] - layer.zero) / (layer.zero - 1)) * layer.scale);
}

function depthAt(layer, level) {
  if (!level) return Infinity;
  return layer.near * Math.pow(layer.far / layer.near, (level - 1) / (layer.levels - 1));
}
