/** Slack's texts before anything is read into them. */

import { drawn, withEmoji } from "./emoji.js";

// Control characters would be drawn as boxes, or not at all; lines and tabs stay
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The text with its three entities decoded, once. @param {string} text */
export function decoded(text) {
  return clean(text).replace(
    /&(amp|lt|gt);/g,
    (_, name) => ({ amp: "&", lt: "<", gt: ">" })[/** @type {"amp"} */ (name)],
  );
}

/** @param {unknown} text */
export function clean(text) {
  return String(text ?? "").replace(CONTROL, "");
}

/** The words of a plain_text: entities decoded, emoji drawn, nothing else read into them. @param {string} text */
export function renderPlain(text) {
  return drawn(decoded(text));
}

/** The same as a string, for attributes and what is typed into. @param {string} text */
export function plain(text) {
  return withEmoji(decoded(text));
}
