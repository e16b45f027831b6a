/** What stands for something else in a text: mentions, links and dates. */

import { h } from "../shell/dom.js";
import { formatDate } from "./dates.js";
import { decoded, plain, renderPlain } from "./text.js";

const SAFE = new Set(["http:", "https:", "mailto:"]);
const RANGES = new Set(["here", "channel", "everyone"]);

/** @typedef {import("./index.js").Context} Context */

/** What stands between `<` and `>`, with an optional `|label`. @param {string} inside @param {Context} context */
export function reference(inside, context) {
  const [target, ...rest] = inside.split("|");
  const label = rest.join("|");
  if (/^@[UW]/.test(target)) return person(target.slice(1), context);
  if (target.startsWith("#")) return channel(target.slice(1), context, label);
  if (target.startsWith("!date^")) return dateToken(target, label, context);
  if (target.startsWith("!")) return special(target.slice(1), label);
  return link(decoded(target), label && renderPlain(label));
}

/** @param {string} userId @param {Context} context */
export function person(userId, context) {
  const known = context.people.get(userId);
  const name = known ? known.displayName || known.realName || known.name : userId;
  return mention(`@${name}`, userId === context.me);
}

/** @param {string} channelId @param {Context} context @param {string} [label] */
export function channel(channelId, context, label) {
  return mention(`#${context.channels.get(channelId)?.name ?? (decoded(label ?? "") || channelId)}`, false);
}

/** `@here` and its like are for everybody who reads it. @param {string} range */
export function broadcast(range) {
  return mention(`@${range}`, true);
}

/** @param {Node | string} words @param {boolean} isForMe */
export function mention(words, isForMe) {
  return h("span", { class: isForMe ? "b-mention me" : "b-mention" }, words);
}

/** A link where its address is safe, else its words only. @param {string} url @param {Node | string} [label] as it is shown */
export function link(url, label) {
  const words = label || url.replace(/^mailto:/, "");
  const href = safe(url);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, words) : h("span", {}, words);
}

/** The address, or null where it leads elsewhere than the web or a mailbox. @param {string} url */
export function safe(url) {
  try {
    return SAFE.has(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}

/** @param {number} seconds since 1970 @param {string} tokens @param {string} fallback @param {string} url
 * @param {Context} context */
export function date(seconds, tokens, fallback, url, context) {
  if (!Number.isInteger(seconds) || Math.abs(seconds) > 8.64e12) return document.createTextNode(plain(fallback));
  const shown = plain(formatDate(seconds, tokens, context.now(), context.zone));
  if (url) return link(url, shown);
  return h("time", { datetime: new Date(seconds * 1000).toISOString() }, shown);
}

/** `!date^1795000000^{date} at {time}^https://…` @param {string} target @param {string} fallback
 * @param {Context} context */
function dateToken(target, fallback, context) {
  const [, timestamp, tokens = "", ...url] = target.split("^");
  return date(timestamp ? Number(timestamp) : NaN, tokens, fallback, decoded(url.join("^")), context);
}

/** @param {string} name @param {string} label */
function special(name, label) {
  return RANGES.has(name) ? broadcast(name) : mention(label ? renderPlain(label) : `@${name}`, false);
}
