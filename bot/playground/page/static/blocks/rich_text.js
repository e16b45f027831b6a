/** Rich text: nothing in it is escaped. Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block. */

import { h } from "../shell/dom.js";
import { drawn, withEmoji } from "./emoji.js";
import { broadcast, channel, date, link, mention, person } from "./references.js";
import { clean } from "./text.js";

/** @typedef {import("./index.js").Context} Context */

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

/** @param {any} block @param {Context} context */
export function renderRichText(block, context) {
  return h("div", { class: "b-rich b-text" }, ...(block.elements ?? []).map((each) => renderPart(each, context)));
}

/** @param {any} part @param {Context} context */
function renderPart(part, context) {
  const border = part.border ? "bordered" : null;
  switch (part.type) {
    case "rich_text_list":
      return renderList(part, context);
    case "rich_text_quote":
      return h("blockquote", {}, ...inlines(part, context));
    case "rich_text_preformatted":
      return h("pre", { class: border }, ...inlines(part, context));
  }
  return h("div", {}, ...inlines(part, context));
}

/** @param {any} list @param {Context} context */
function renderList({ style, elements, indent = 0, offset = 0, border }, context) {
  const items = elements.map((/** @type {any} */ item) => h("li", {}, ...inlines(item, context)));
  const classes = `indent-${indent} mark-${indent % 3}${border ? " bordered" : ""}`;
  if (style !== "ordered") return h("ul", { class: classes }, ...items);
  return h("ol", { class: classes, start: offset + 1 }, ...items);
}

/** @param {any} part @param {Context} context @returns {Node[]} */
function inlines(part, context) {
  return (part.elements ?? []).map((/** @type {any} */ each) => renderInline(each, context));
}

/** @param {any} element @param {Context} context @returns {Node} */
function renderInline(element, context) {
  let node = words(element, context);
  // What is more than words keeps what it is, for the rich text input to read again
  if (node instanceof HTMLElement && element.type !== "link") node.dataset.rich = JSON.stringify(element);
  for (const [name, tag] of Object.entries(STYLES)) {
    if (element.style?.[name] === true) node = h(/** @type {"strong"} */ (tag), {}, node);
  }
  return node;
}

/** @param {any} element @param {Context} context */
function words(element, context) {
  switch (element.type) {
    case "user":
      return person(element.user_id, context);
    case "channel":
      return channel(element.channel_id, context);
    case "broadcast":
      return broadcast(element.range);
    case "usergroup":
      return mention(`@${element.usergroup_id}`, false);
    case "team":
      return mention(`@${element.team_id}`, false);
    case "link":
      return link(element.url, element.text && drawn(clean(element.text)));
    case "emoji":
      return h("span", {}, drawn(emoji(element)));
    case "date":
      return date(element.timestamp, element.format, element.fallback ?? "", element.url ?? "", context);
    case "color":
      return color(element.value);
  }
  return element.style?.code ? document.createTextNode(clean(element.text)) : drawn(clean(element.text));
}

/** @param {any} element */
function emoji({ name, unicode }) {
  const known = withEmoji(`:${name}:`);
  if (!unicode || !known.startsWith(":")) return known;
  return String.fromCodePoint(...unicode.split("-").map((/** @type {string} */ code) => parseInt(code, 16)));
}

/** @param {string} value */
function color(value) {
  const swatch = h("span", { class: "b-swatch", "aria-hidden": "true" });
  swatch.style.backgroundColor = value;
  return h("span", {}, swatch, value);
}
