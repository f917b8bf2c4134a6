"use strict";
const find = (id) => document.getElementById(id);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Table 2: one kind of pixel at a time
for (const button of all(".chips [data-region]")) {
  button.addEventListener("click", () => {
    for (const other of all(".chips [data-region]")) other.setAttribute("aria-pressed", String(other === button));
    for (const panel of all(".region")) panel.hidden = panel.dataset.region !== button.dataset.region;
  });
}

// pictures of one sample at one place
const stage = find("stage");
let strip = [], place = 0, opener = null;
function show(k) {
  place = (k + strip.length) % strip.length;
  find("stage-picture").src = strip[place].src;
  find("stage-title").textContent = strip[place].dataset.title;
  all("button", find("stage-names")).forEach((button, i) => button.setAttribute("aria-pressed", String(i === place)));
}
function openStage(image) {
  const line = image.closest(".strip");
  opener = image;
  strip = all("img", line);
  find("stage-label").textContent = line.dataset.label;
  find("stage-names").replaceChildren(...strip.map((picture, i) => {
    const button = document.createElement("button");
    button.textContent = `${i + 1} ${picture.dataset.title}`;
    button.addEventListener("click", (event) => { event.stopPropagation(); show(i); });
    return button;
  }));
  stage.hidden = false;
  show(strip.indexOf(image));
}
function closeStage() {
  stage.hidden = true;
  if (opener) opener.focus();
}
for (const image of all(".strip img")) {
  image.addEventListener("click", () => openStage(image));
  image.addEventListener("keydown", (event) => { if (event.key === "Enter") openStage(image); });
}
stage.addEventListener("click", closeStage);
document.addEventListener("keydown", (event) => {
  if (stage.hidden) return;
  if (event.key === "Escape") closeStage();
  else if (event.key === "ArrowRight" || event.key === " ") show(place + 1);
  else if (event.key === "ArrowLeft") show(place - 1);
  else if (event.key >= "1" && event.key <= String(strip.length)) show(Number(event.key) - 1);
  else return;
  event.preventDefault();
});

// every sample
const data = JSON.parse(find("data").textContent);
const FIRST = 50;
let sorted = 0, down = false, limit = FIRST;
function number(text) {
  return text === "inf" ? Infinity : text === "-" ? NaN : Number(text);
}
function compare(a, b) {
  const x = number(a[sorted]), y = number(b[sorted]);
  const known = Number.isNaN(x) || Number.isNaN(y) ? a[sorted].localeCompare(b[sorted]) : x === y ? 0 : x - y;
  return (down ? -known : known) || a[0].localeCompare(b[0]);
}
function row(cells, tag) {
  const line = document.createElement("tr");
  for (const text of cells) {
    const cell = document.createElement(tag);
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}
function list() {
  const head = document.createElement("thead"), body = document.createElement("tbody");
  head.append(row(data.columns, "th"));
  all("th", head).forEach((cell, k) => {
    if (k === sorted) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
    cell.addEventListener("click", () => { down = k === sorted ? !down : false; sorted = k; list(); });
  });
  for (const cells of [...data.rows].sort(compare).slice(0, limit)) body.append(row(cells, "td"));
  find("every").replaceChildren(head, body);
  find("every-more").hidden = data.rows.length <= limit;
}
if (find("every")) {
  find("every-more").addEventListener("click", () => { limit = Infinity; list(); });
  list();
}
document.documentElement.dataset.ready = "1";
