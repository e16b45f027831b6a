/** The markdown block: standard Markdown, as far as Slack draws it.
 * Source: https://docs.slack.dev/reference/block-kit/blocks/markdown-block. */

import { h } from "../shell/dom.js";
import { link, reference } from "./references.js";
import { clean, renderPlain } from "./text.js";

/** @typedef {import("./index.js").Context} Context */

const FENCE = /^\s*```/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const QUOTE = /^\s*>\s?/;
const TABLE_LINE = /^\s*\|?[\s:|-]*-[\s:|-]*$/;
const INLINE = new RegExp(
  [
    "`(?<code>[^`]+)`",
    String.raw`!?\[(?<label>[^\]]*)\]\((?<target>[^)\s]+)\)`,
    String.raw`<(?<inside>[^<>\s][^<>]*)>`,
    String.raw`(?<url>https?://[^\s<>]*[^\s<>.,;:!?)\]"'*_~])`,
    String.raw`(?<two>\*\*|__)(?<strong>\S(?:.*?\S)?)\k<two>`,
    String.raw`(?<one>\*|_)(?<em>[^\s*_](?:.*?[^\s*_])?)\k<one>(?!\w)`,
    "~~(?<s>[^~]+)~~",
  ].join("|"),
  "g",
);

/** @param {string} text @param {Context} context */
export function renderMarkdown(text, context) {
  const lines = clean(text).split("\n");
  const room = h("div", { class: "b-markdown" });
  while (lines.length) {
    const node = next(lines, context);
    if (node) room.append(node);
  }
  return room;
}

/** Takes what belongs together from the front of the lines. @param {string[]} lines @param {Context} context */
function next(lines, context) {
  const [line] = lines;
  const heading = HEADING.exec(line);
  if (!line.trim()) {
    lines.shift();
    return null;
  }
  if (FENCE.test(line)) return fence(lines);
  if (RULE.test(line)) {
    lines.shift();
    return h("hr");
  }
  if (heading) {
    lines.shift();
    return headingOf(heading, context);
  }
  if (QUOTE.test(line)) return quote(lines, context);
  if (ITEM.test(line)) return list(lines, context);
  if (line.includes("|") && TABLE_LINE.test(lines[1] ?? "")) return table(lines, context);
  return paragraph(lines, context);
}

/** @param {RegExpExecArray} heading @param {Context} context */
function headingOf([, marks, words], context) {
  return h(/** @type {"h1"} */ (`h${marks.length}`), {}, inline(words, context));
}

/** @param {string[]} lines */
function fence(lines) {
  lines.shift();
  const end = lines.findIndex((line) => FENCE.test(line));
  const code = lines.splice(0, end < 0 ? lines.length : end);
  lines.shift();
  return h("pre", {}, code.join("\n"));
}

/** @param {string[]} lines @param {Context} context */
function quote(lines, context) {
  const quoted = take(lines, (line) => QUOTE.test(line)).map((line) => line.replace(QUOTE, ""));
  return h("blockquote", {}, renderMarkdown(quoted.join("\n"), context));
}

/** A list, and those inside its items. @param {string[]} lines @param {Context} context */
function list(lines, context) {
  const [, margin, mark] = /** @type {RegExpExecArray} */ (ITEM.exec(lines[0]));
  const isOrdered = /\d/.test(mark);
  const room = isOrdered ? h("ol", { start: parseInt(mark, 10) }) : h("ul");
  while (lines.length) {
    const found = ITEM.exec(lines[0]);
    if (!found || found[1].length < margin.length) break;
    if (found[1].length > margin.length + 1) (room.lastElementChild ?? room).append(list(lines, context));
    else if (/\d/.test(found[2]) !== isOrdered) break;
    else {
      room.append(item(found[3], context));
      lines.shift();
    }
  }
  return room;
}

/** @param {string} words @param {Context} context */
function item(words, context) {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(words);
  if (!task) return h("li", {}, inline(words, context));
  return h("li", { class: "task" }, task[1] === " " ? "☐ " : "☑ ", inline(task[2], context));
}

/** @param {string[]} lines @param {Context} context */
function table(lines, context) {
  const rows = take(lines, (line) => line.includes("|"));
  const [header, , ...body] = rows.map((line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|"),
  );
  const row = (/** @type {"th" | "td"} */ tag, /** @type {string[]} */ cells) =>
    h("tr", {}, ...cells.map((cell) => h(tag, {}, inline(cell.trim(), context))));
  const drawn = h(
    "table",
    {},
    h("thead", {}, row("th", header)),
    h("tbody", {}, ...body.map((each) => row("td", each))),
  );
  return h("div", { class: "b-scroll", tabindex: "0", role: "group", "aria-label": "Table" }, drawn);
}

/** @param {string[]} lines @param {Context} context */
function paragraph(lines, context) {
  const first = /** @type {string} */ (lines.shift());
  const isText = (/** @type {string} */ line) =>
    Boolean(line.trim()) && ![FENCE, HEADING, RULE, QUOTE, ITEM].some((other) => other.test(line));
  return h("p", {}, inline([first, ...take(lines, isText)].join("\n"), context));
}

/** Removes and returns the first lines for which this holds. @param {string[]} lines
 * @param {(line: string) => boolean} holds */
function take(lines, holds) {
  const end = lines.findIndex((line) => !holds(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

/** @param {string} text @param {Context} context @returns {DocumentFragment} */
function inline(text, context) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    fragment.append(renderPlain(text.slice(end, found.index)), styled(found, context));
    end = found.index + found[0].length;
  }
  fragment.append(renderPlain(text.slice(end)));
  return fragment;
}

/** @param {RegExpMatchArray} found @param {Context} context @returns {Node} */
function styled({ 0: typed, groups = {} }, context) {
  const { code, label, target, inside, url, strong, em, s } = groups;
  if (code) return h("code", {}, code);
  if (target) return link(target, label && renderPlain(label));
  if (inside) return /^(?:[@#!]|\w+:)/.test(inside) ? reference(inside, context) : renderPlain(typed);
  if (url) return link(url);
  if (strong) return h("strong", {}, inline(strong, context));
  if (em) return h("em", {}, inline(em, context));
  return h("s", {}, inline(s, context));
}
