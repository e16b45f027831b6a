/**
 * Slack's date tokens, as in `<!date^1795000000^{date_short_pretty} at {time}|…>`.
 * Source: https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
 */

import { dayNumber, wall } from "./zone.js";

const HALF_A_YEAR = 183 * 86_400; // seconds
const UNITS = /** @type {const} */ ([
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
]);
const MONTHS = "January February March April May June July August September October November December".split(" ");
const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** `tokens` with the moment in their place; unknown ones stay. @param {number} seconds since 1970
 * @param {string} tokens @param {Date} now @param {string} zone */
export function formatDate(seconds, tokens, now, zone) {
  const known = tokensOf(seconds, now, zone);
  const words = tokens.replace(/\{(\w+)\}/g, (token, name) => known[name] ?? token);
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** @param {number} seconds @param {Date} now @param {string} zone @returns {Record<string, string>} */
function tokensOf(seconds, now, zone) {
  const ahead = seconds - now.getTime() / 1000;
  const at = wall(new Date(seconds * 1000), zone);
  const month = MONTHS[at.month - 1];
  const year = Math.abs(ahead) < HALF_A_YEAR ? "" : `, ${at.year}`;
  const date = `${month} ${ordinal(at.day)}${year}`;
  const short = `${month.slice(0, 3)} ${at.day}${year}`;
  const number = dayNumber(at);
  const long = `${WEEKDAYS[new Date(number * 86_400_000).getUTCDay()]}, ${date}`;
  const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[number - dayNumber(wall(now, zone))];
  return {
    date_num: `${at.year}-${two(at.month)}-${two(at.day)}`,
    date,
    date_short: short,
    date_long: long,
    date_pretty: near ?? date,
    date_short_pretty: near ?? short,
    date_long_pretty: near ?? long,
    time: clock(at, ""),
    time_secs: clock(at, `:${two(at.second)}`),
    ago: ago(ahead),
  };
}

/** @param {import("./zone.js").Wall} at @param {string} seconds */
function clock({ hour, minute }, seconds) {
  return `${hour % 12 || 12}:${two(minute)}${seconds} ${hour < 12 ? "AM" : "PM"}`;
}

/** @param {number} number */
function two(number) {
  return String(number).padStart(2, "0");
}

/** @param {number} day */
function ordinal(day) {
  const isTeen = day > 10 && day < 14;
  return `${day}${(!isTeen && ["th", "st", "nd", "rd"][day % 10]) || "th"}`;
}

/** `in 2 hours`, `3 minutes ago`, `just now`. @param {number} seconds */
function ago(seconds) {
  for (const [unit, length] of UNITS) {
    const count = Math.floor(Math.abs(seconds) / length);
    if (!count) continue;
    const words = `${count} ${unit}${count > 1 ? "s" : ""}`;
    return seconds > 0 ? `in ${words}` : `${words} ago`;
  }
  return "just now";
}
