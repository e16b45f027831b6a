/**
 * What a select offers, from wherever its options come.
 *
 * @typedef {{key: string, text: string, detail?: string, value: any}} Offer  `value` as Slack's state holds it
 * @typedef {{label?: string, offers: Offer[]}} Group
 * @typedef {{groups: Group[]} | {trouble: string}} Answer
 * @typedef {import("./control.js").Control} Control
 */

import { clean, plain } from "./text.js";

const MOST = 100;
const SHORTEST_QUERY = 3;
const KINDS = ["public", "private", "im"];

/** Whether it is the bot that is asked for the offers. @param {Control} control */
export function isAsked({ element }) {
  return /external_select$/.test(element.type);
}

/** The offers that are known here, for what was typed. @param {Control} control @param {string} typed
 * @returns {Answer} */
export function offersFor({ element, context }, typed) {
  if (/users_select$/.test(element.type)) return matching([{ offers: people(context) }], typed);
  if (/channels_select$/.test(element.type)) return matching([{ offers: conversations(context, ["public"]) }], typed);
  if (/conversations_select$/.test(element.type)) {
    return matching([{ offers: conversations(context, KINDS, element.filter) }], typed);
  }
  return matching(groupsOf(element.option_groups, element.options), typed);
}

/** What a value that is already held looks like. @param {any} value an option or an id
 * @param {import("./index.js").Context} context @returns {Offer} */
export function offerOf(value, context) {
  if (typeof value !== "string") return option(value);
  if (context.people.has(value)) return person(context.people.get(value));
  return conversation(context.channels.get(value) ?? { id: value, name: value, kind: "public" }, context);
}

/** How many characters must be typed before there are offers. @param {Control} control */
export function shortestQuery(control) {
  return isAsked(control) ? (control.element.min_query_length ?? SHORTEST_QUERY) : 0;
}

/** The bot's offers. @param {Control} control @param {string} typed @returns {Promise<Answer>} */
export async function suggested(control, typed) {
  const answer = await control.suggest(typed);
  if (answer.trouble) return { trouble: answer.trouble };
  return { groups: groupsOf(answer.optionGroups, answer.options) };
}

/** @param {any[] | undefined} groups @param {any[] | undefined} options @returns {Group[]} */
function groupsOf(groups, options) {
  if (!groups) return [{ offers: (options ?? []).map(option) }];
  return groups.map(({ label, options }) => ({ label: plain(label.text), offers: options.map(option) }));
}

/** @param {Group[]} groups @param {string} typed @returns {{groups: Group[]}} */
function matching(groups, typed) {
  const wanted = typed.trim().toLowerCase();
  const fits = (/** @type {Offer} */ { text, detail = "" }) => `${text}\n${detail}`.toLowerCase().includes(wanted);
  return { groups: groups.map(({ label, offers }) => ({ label, offers: offers.filter(fits).slice(0, MOST) })) };
}

/** @param {any} option @returns {Offer} */
function option(option) {
  const detail = option.description && plain(option.description.text);
  return { key: option.value, text: plain(option.text.text), detail, value: option };
}

/** @param {import("./index.js").Context} context */
function people({ people }) {
  return [...people.values()]
    .filter(({ isBot }) => !isBot)
    .map(person)
    .sort(byText);
}

/** @param {any} person @returns {Offer} */
function person({ id, name, realName, displayName }) {
  const shown = clean(realName || displayName || name);
  return {
    key: id,
    text: shown,
    detail: displayName && displayName !== shown ? clean(displayName) : undefined,
    value: id,
  };
}

/** @param {import("./index.js").Context} context @param {string[]} kinds @param {any} [filter] Slack's, of the element */
function conversations(context, kinds, { include = kinds, exclude_external_shared_channels: own = false } = {}) {
  const all = [...context.channels.values()].filter(
    ({ kind, isArchived, isShared }) => include.includes(kind) && !isArchived && !(own && isShared),
  );
  return all.map((each) => conversation(each, context)).sort(byText);
}

/** @param {any} conversation @param {import("./index.js").Context} context @returns {Offer} */
function conversation({ id, name, kind, members = [] }, { people, me }) {
  if (kind !== "im") return { key: id, text: `${kind === "private" ? "🔒" : "#"} ${clean(name)}`, value: id };
  const other = people.get(members.find((/** @type {string} */ each) => each !== me) ?? me);
  return { key: id, text: clean(other?.realName ?? id), value: id };
}

/** @param {Offer} one @param {Offer} other */
function byText(one, other) {
  return one.text.localeCompare(other.text);
}
