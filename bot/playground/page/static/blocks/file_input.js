/** Files. What is kept of a file is its name, type and size: the playground has no room for what is in it. */

import { h } from "../shell/dom.js";
import { icon } from "./icons.js";
import { clean } from "./text.js";

const MOST = 10;

/** @param {import("./control.js").Control} control */
export function renderFileInput(control) {
  const { filetypes = [], max_files: most = MOST } = control.element;
  const files = () => /** @type {any[]} */ (control.value ?? []);
  const keep = (/** @type {any[]} */ kept) => {
    control.change(kept);
    control.redraw();
  };
  const chooser = h("input", {
    type: "file",
    multiple: most > 1,
    accept: filetypes.map((/** @type {string} */ each) => `.${each}`).join(",") || null,
    hidden: true,
    onchange: () => keep([...files(), ...[...(chooser.files ?? [])].map(described)].slice(0, most)),
  });
  const add = h(
    "button",
    {
      ...control.naming("Add files"),
      "aria-required": null,
      "aria-labelledby": control.isInput ? `${control.id}-label ${control.id}-add` : null,
      type: "button",
      class: "button",
      disabled: files().length >= most,
      onclick: () => chooser.click(),
    },
    h("span", { id: `${control.id}-add` }, most === 1 ? "Add file" : "Add files"),
  );
  const item = (/** @type {any} */ file) =>
    h(
      "li",
      {},
      icon("file"),
      h("span", {}, clean(file.name)),
      remover(file, () => keep(files().filter((each) => each !== file))),
    );
  return h("div", { class: "b-files" }, files().length > 0 && h("ul", {}, ...files().map(item)), add, chooser);
}

/** @param {File} file */
function described({ name, type, size }) {
  return { name, mimetype: type || "application/octet-stream", size };
}

/** @param {any} file @param {() => void} remove */
function remover(file, remove) {
  const label = `Remove ${clean(file.name)}`;
  return h("button", { type: "button", class: "b-clear", "aria-label": label, onclick: remove }, icon("close"));
}
