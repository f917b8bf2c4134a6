// The files of a pair, as links where this page lies inside its data set, and Python that loads what is shown.

// A literal of Python for any text: what is not plain is escaped, so that no mark of direction hides what it says.
const pythonText = (text) => JSON.stringify(text).replace(/[^\x20-\x7e]/gu, (c) => {
  const code = c.codePointAt(0);
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
});

// Where the data set is, as the reader takes it: a folder of the machine that shows this page, an address, or a name.
function placeOfData() {
  const { root, address } = REPORT.place;
  if (address) return address;
  const url = root !== null && new URL(root, location.href);
  if (!url || url.protocol !== "file:") return null;
  const path = decoded(url.pathname).replace(/(.)\/$/, "$1");
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

function snippet(sample) {
  const place = placeOfData();
  const keys = [...new Set(["image_1", "image_2", "image_gt", ...activeLayers().map((layer) => (layer.id.includes("@") ? layer.id.replace("@", "_") : layer.name))])];
  const offered = new Set(view.open.pair.files.map((file) => file.key));
  return ["from dsia_gen.dataset import open_dataset", "",
    `data = open_dataset(${pythonText(place ?? OVERVIEW.name)})${place === null ? "  # the folder of the data set" : ""}`,
    `sample = data[${pythonText(sample.sample)}]`,
    ...keys.filter((key) => offered.has(key)).map((key) => `${key} = sample[${pythonText(key)}]`)].join("\n");
}

function showFiles() {
  const { sample, pair } = view.open;
  const text = snippet(sample);
  const code = h("pre", { id: "snippet", tabindex: "0" }, text);
  const button = h("button", { type: "button", class: "chip", id: "copy", onclick: () => copyText(text, button) }, "Copy the snippet that loads this");
  const { root } = REPORT.place;
  const link = (path) => (root === null ? h("code", {}, path)
    : h("a", { href: root + path.split("/").map(encodeURIComponent).join("/"), target: "_blank", rel: "noopener" }, h("code", {}, path)));
  const open = find("files").querySelector("details")?.open;
  const rows = pair.files.map((file) => h("li", {}, link(file.path)));
  refill(find("files"), code, button,
    h("details", { open }, h("summary", {}, plural(pair.files.length + 1, "file"), h("span", { class: "soft" }, root === null ? " below the folder of the data set" : "")),
      h("ul", { class: "file-list" }, rows, h("li", {}, link(`scenes/${sample.scene}/scene.json`)))));
}

async function copyText(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page from http, or a browser that asks first
    const field = h("textarea", { style: "position:fixed;opacity:0" });
    field.value = text;
    document.body.append(field);
    field.select();
    done = document.execCommand("copy");
    field.remove();
  }
  const before = button.textContent;
  button.textContent = done ? "Copied" : "Select the text and copy it";
  setTimeout(() => { button.textContent = before; }, 1500);
}
