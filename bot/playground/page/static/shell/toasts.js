/** Short words about what went wrong, in a corner, for some seconds. */

import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN = 8000; // milliseconds

const place = h("div", { class: "toasts", role: "alert" });

/** @param {HTMLElement} root */
export function mountToasts(root) {
  root.append(place);
}

/** @param {string} words */
export function toast(words) {
  const close = iconButton(icon("close"), "Dismiss", { onclick: () => note.remove() });
  const note = h("div", { class: "toast" }, h("span", {}, words), close);
  place.append(note);
  setTimeout(() => note.remove(), SHOWN);
}

/** Says what went wrong, if something did. @param {import("../store.js").Result} result */
export function sayTrouble(result) {
  if (result.ok) return;
  const trouble = result.trouble ?? "That did not work.";
  toast(/^[a-z_]+$/.test(trouble) ? `Slack shows: ${trouble}` : trouble);
}
