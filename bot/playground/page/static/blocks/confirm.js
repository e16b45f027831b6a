/** The question that an element may ask before it does anything. */

import { h } from "../shell/dom.js";
import { renderText } from "./mrkdwn.js";

/** Whether the answer is yes. @param {any} question a confirmation dialog object
 * @param {import("./index.js").Context} context @returns {Promise<boolean>} */
export function confirmed({ title, text, confirm, deny, style = "primary" }, context) {
  const heading = h("h2", { id: "confirm-question" }, renderText(title, context));
  const button = (/** @type {any} */ words, /** @type {string} */ answer, /** @type {string} */ kind) =>
    h("button", { type: "button", class: kind, onclick: () => dialog.close(answer) }, renderText(words, context));
  const dialog = h(
    "dialog",
    { class: "b-confirm", "aria-labelledby": "confirm-question" },
    heading,
    h("p", {}, renderText(text, context)),
    h("div", { class: "b-confirm-buttons" }, button(deny, "", "button"), button(confirm, "yes", `button ${style}`)),
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
