/** A question before something that cannot be undone. */

import { h } from "./dom.js";

/** Whether the answer is yes. @param {string} title @param {string} text @param {string} yes
 * @returns {Promise<boolean>} */
export function confirm(title, text, yes) {
  const button = (/** @type {string} */ words, /** @type {string} */ answer, /** @type {string} */ kind) =>
    h("button", { type: "button", class: kind, onclick: () => dialog.close(answer) }, words);
  const dialog = h(
    "dialog",
    { class: "confirm", "aria-labelledby": "confirm-title" },
    h("h2", { id: "confirm-title" }, title),
    h("p", {}, text),
    h("div", { class: "confirm-buttons" }, button("Cancel", "", "button"), button(yes, "yes", "button danger")),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
