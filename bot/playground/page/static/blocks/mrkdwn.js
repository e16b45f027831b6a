/** Slack's mrkdwn. Source: https://docs.slack.dev/messaging/formatting-message-text. */

import { h } from "../shell/dom.js";
import { link, reference } from "./references.js";
import { clean, decoded, renderPlain } from "./text.js";

/** @typedef {import("./index.js").Context} Context */

const W = String.raw`[\p{L}\p{N}_]`;
const TOKEN = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    String.raw`<(?<reference>[^<>\n]+)>`,
    String.raw`(?<url>\bhttps?://[^\s<>|]*[^\s<>|.,;:!?)\]"'*_~])`,
    String.raw`(?<!${W}|\*)\*(?<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?!${W}|\*)`,
    String.raw`(?<!${W})_(?<italic>(?=[^\s_])(?:[^_\n]|(?<=${W})_(?=${W}))+(?<=\S))_(?!${W})`,
    String.raw`(?<!${W}|~)~(?<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?!${W}|~)`,
  ].join("|"),
  "gu",
);
const QUOTE = /^(?:&gt;|>)[ \t]?/;
const QUOTE_ALL = /^(?:&gt;|>){3}\s?/;
const STYLES = /** @type {const} */ ({ bold: "strong", italic: "em", strike: "s" });

/** @param {string} text @param {Context} context @returns {DocumentFragment} */
export function renderMrkdwn(text, context) {
  const room = h("span", { class: "b-text" });
  const parts = clean(text).split(/```(.+?)```/s);
  parts.forEach((part, index) => {
    if (index % 2) return room.append(h("pre", {}, decoded(part.replace(/^\n|\n$/g, ""))));
    // Lines next to a code block end there anyway
    const isAfter = index > 0;
    const isBefore = index < parts.length - 1;
    const words = part.replace(isAfter ? /^[ \t]*\n/ : "", "").replace(isBefore ? /\n[ \t]*$/ : "", "");
    if (words) room.append(...paragraphs(words, context));
  });
  const fragment = document.createDocumentFragment();
  fragment.append(room);
  return fragment;
}

/** A text object, plain or mrkdwn, or the bare string that a few fields take in its place.
 * @param {any} text @param {Context} context @returns {Node} */
export function renderText(text, context) {
  const verbatim = text?.verbatim === true;
  if (text?.type === "mrkdwn") return renderMrkdwn(text.text, { ...context, verbatim });
  return h("span", { class: "b-text" }, renderPlain(typeof text === "string" ? text : text?.text));
}

/** Lines, and quotes where they begin with `>`. @param {string} text @param {Context} context */
function paragraphs(text, context) {
  /** @type {Node[]} */
  const nodes = [];
  const lines = text.split("\n");
  while (lines.length) {
    const isQuote = QUOTE.test(lines[0]);
    const count = QUOTE_ALL.test(lines[0]) ? lines.length : run(lines, isQuote);
    const taken = lines.splice(0, count);
    if (isQuote) nodes.push(h("blockquote", {}, inline(unquoted(taken), context)));
    else nodes.push(inline(taken.join("\n"), context));
  }
  return nodes;
}

/** How many lines from the first are quotes, or are none. @param {string[]} lines @param {boolean} isQuote */
function run(lines, isQuote) {
  const end = lines.findIndex((line) => QUOTE.test(line) !== isQuote);
  return end < 0 ? lines.length : end;
}

/** @param {string[]} lines */
function unquoted(lines) {
  if (QUOTE_ALL.test(lines[0])) return [lines[0].replace(QUOTE_ALL, ""), ...lines.slice(1)].join("\n");
  return lines.map((line) => line.replace(QUOTE, "")).join("\n");
}

/** @param {string} text @param {Context} context */
function inline(text, context) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    fragment.append(renderPlain(text.slice(end, found.index)), styled(found.groups ?? {}, context));
    end = found.index + found[0].length;
  }
  fragment.append(renderPlain(text.slice(end)));
  return fragment;
}

/** @param {Record<string, string>} groups @param {Context} context */
function styled({ code, reference: inside, url, ...styles }, context) {
  if (code) return h("code", {}, decoded(code));
  if (inside) return reference(inside, context);
  if (url) return context.verbatim ? renderPlain(url) : link(decoded(url));
  const [name, words] = Object.entries(styles).find(([, each]) => each) ?? ["bold", ""];
  return h(STYLES[/** @type {keyof typeof STYLES} */ (name)], {}, inline(words, context));
}
