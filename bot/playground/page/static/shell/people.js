/** People and the app as they are shown: names and avatars. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const COLOURS = 8; // .avatar-0 … .avatar-7 in shell.css

/** @typedef {import("../store.js").Person} Person */

/** @param {Person | undefined} person */
export function nameOf(person) {
  return person ? person.realName || person.displayName || person.name : "Somebody who has left";
}

/** What stands for somebody after an @. @param {Person} person */
export function handleOf(person) {
  return person.displayName || person.name;
}

/** A square with initials; the app's has its sign. Whoever shows it says the name beside it.
 * @param {Person | undefined} person @param {"tiny" | "small" | "large"} size */
export function avatar(person, size) {
  const face = person?.isBot ? icon("desk") : initials(nameOf(person));
  const colour = person?.isBot ? "app" : hash(person?.id ?? "") % COLOURS;
  return h("span", { class: `avatar avatar-${size} avatar-${colour}`, "aria-hidden": "true" }, face);
}

/** @param {string} name */
export function initials(name) {
  return name
    .split(/\s+/)
    .map((word) => word[0])
    .slice(0, 2)
    .join("")
    .toUpperCase();
}

/** @param {string} text */
function hash(text) {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + /** @type {number} */ (letter.codePointAt(0))) % 1009;
  return sum;
}
