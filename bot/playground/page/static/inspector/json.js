/** JSON as a tree that opens and closes. What is inside is drawn when it is opened. */

import { h } from "../shell/dom.js";

const OPEN_LEVELS = 2;

/** @param {unknown} value */
export function jsonTree(value) {
  return h("div", { class: "json" }, branch(null, value, 0));
}

/** A value with the name it has in its parent. @param {string | null} name @param {unknown} value
 * @param {number} level @returns {HTMLElement} */
function branch(name, value, level) {
  const given = unpacked(value);
  if (given === null || typeof given !== "object") return leaf(name, given);
  const entries = Object.entries(given);
  const isList = Array.isArray(given);
  const [start, end] = isList ? "[]" : "{}";
  if (!entries.length) return h("div", { class: "json-leaf" }, ...named(name), start + end);
  const note = ` ${about(given, entries.length)}${value === given ? "" : ", as text"} `;
  const tree = h(
    "details",
    { class: "json-branch" },
    h("summary", {}, ...named(name), start, h("span", { class: "json-size" }, note), end),
  );
  const grow = () => {
    if (tree.childElementCount > 1) return;
    tree.append(...entries.map(([key, inner]) => branch(isList ? null : key, inner, level + 1)));
  };
  tree.addEventListener("toggle", grow);
  if (level < OPEN_LEVELS) {
    grow();
    tree.open = true;
  }
  return tree;
}

/** What is inside, in short. @param {any} given @param {number} count */
function about(given, count) {
  const size = `${count} ${Array.isArray(given) ? "item" : "field"}${count === 1 ? "" : "s"}`;
  return typeof given.type === "string" ? `${given.type}, ${size}` : size;
}

/** @param {string | null} name @param {unknown} value */
function leaf(name, value) {
  const kind = value === null ? "null" : typeof value;
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return h("div", { class: "json-leaf" }, ...named(name), h("span", { class: `json-${kind}` }, text));
}

/** @param {string | null} name */
function named(name) {
  return name === null ? [] : [h("span", { class: "json-name" }, name), ": "];
}

/** What a text holds where it is JSON itself, as the fields of forms are. @param {unknown} value */
function unpacked(value) {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
