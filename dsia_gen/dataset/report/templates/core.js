"use strict";
// Shared by all: the page's data, elements, numbers as text, and parts that are loaded when needed.

const REPORT = JSON.parse(document.getElementById("report").textContent);
const SVG = "http://www.w3.org/2000/svg";
const NAMES = { 1: "I1", 2: "I2", gt: "Igt", warp: "I2 warped" };
const ROLES = ["1", "2", "gt"];
const find = (id) => document.getElementById(id);

// An element with attributes (`on...` are listeners, null and false are left out) and children; text is never markup.
function element(space, tag, attributes, children) {
  const node = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "style") node.style.cssText = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}
const h = (tag, attributes, ...children) => element(null, tag, attributes, children);
const s = (tag, attributes, ...children) => element(SVG, tag, attributes, children);
const fill = (node, ...children) => node.replaceChildren(...children.flat().filter(Boolean));

// `fill` for a row of controls: the one that the keyboard was on keeps the focus.
function refill(node, ...children) {
  const place = [...node.children].findIndex((child) => child.matches(":focus-visible"));
  fill(node, ...children);
  node.children[place]?.focus({ preventScroll: true });
}

const known = (value) => value !== null && value !== undefined && value !== "";
const rgb = (colour) => `rgb(${colour.join(",")})`;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function number(value, digits = 3) {
  if (!known(value)) return "–";
  if (value !== 0 && Math.abs(value) < 1) return String(Number(value.toPrecision(2)));
  return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 3 });
}
const percent = (share) => (known(share) ? `${number(100 * share)} %` : "–");
// A measured value with its unit; a share in per cent.
const measureText = (measure, value) => (!known(value) ? "–" : measure.unit === "%" ? percent(value) : `${number(value)} ${measure.unit}`);
const plural = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

// Text of an address without its escapes; as it stands where they are broken.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${number(n)} ${units[i]}`;
}

function duration(seconds) {
  if (seconds < 90) return `${number(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 90 ? `${number(minutes)} min` : `${number(minutes / 60)} h`;
}

// Parts: JSON inside this page, or scripts in data/ that call DSIA.part.
const DSIA = {
  loaded: new Map(),
  waiting: new Map(),
  part(key, document) {
    DSIA.loaded.set(key, document);
    DSIA.waiting.get(key)?.(document);
    DSIA.waiting.delete(key);
  },
};

function loadPart(key) {
  if (DSIA.loaded.has(key)) return Promise.resolve(DSIA.loaded.get(key));
  const inside = document.querySelector(`script[data-part="${CSS.escape(key)}"]`);
  if (inside) {
    DSIA.part(key, JSON.parse(inside.textContent));
    return Promise.resolve(DSIA.loaded.get(key));
  }
  return new Promise((resolve, reject) => {
    DSIA.waiting.set(key, resolve);
    const failed = () => reject(new Error(`data/${key}.js is missing: keep the folder of this page together`));
    document.head.append(h("script", { src: `data/${key}.js`, onerror: failed }));
  });
}
