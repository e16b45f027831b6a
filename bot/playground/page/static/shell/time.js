/** Moments (`ts`: epoch seconds) in words, as Slack writes them, in a zone (an IANA name). */

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();
/** @type {Map<string, string>} */
const days = new Map();
const QUARTER = 900; // seconds: no zone's day begins within one

/** @param {string} zone @param {Intl.DateTimeFormatOptions} options */
function format(zone, options) {
  const key = zone + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
  formats.set(key, known);
  return known;
}

/** `9:02 AM` @param {string} ts @param {string} zone */
export function clock(ts, zone) {
  return format(zone, { hour: "numeric", minute: "2-digit" }).format(Number(ts) * 1000);
}

/** `21:02:00` @param {number} at epoch seconds @param {string} zone */
export function second(at, zone) {
  const digits = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  return format(zone, digits).format(at * 1000);
}

/** `Monday, June 2nd, 2025 at 9:02:00 AM` @param {string} ts @param {string} zone */
export function wholeDate(ts, zone) {
  const options = /** @type {const} */ ({ hour: "numeric", minute: "2-digit", second: "2-digit" });
  return `${longDay(ts, zone, true)} at ${format(zone, options).format(Number(ts) * 1000)}`;
}

/** `2025-06-02` @param {string} ts @param {string} zone */
export function day(ts, zone) {
  const key = zone + Math.floor(Number(ts) / QUARTER);
  let known = days.get(key);
  if (known === undefined) {
    const { year, month, day } = parts(ts, zone, { year: "numeric", month: "2-digit", day: "2-digit" });
    days.set(key, (known = `${year}-${month}-${day}`));
  }
  return known;
}

/** `Today`, `Yesterday`, `Monday, June 2nd`, and the year where it is not this one.
 * @param {string} ts @param {string} zone @param {Date} now */
export function dayName(ts, zone, now) {
  const today = now.getTime() / 1000;
  const that = day(ts, zone);
  if (that === day(String(today), zone)) return "Today";
  if (that === day(String(today - 86_400), zone)) return "Yesterday";
  return longDay(ts, zone, !day(String(today), zone).startsWith(that.slice(0, 4)));
}

/** `Today at 9:02 AM` @param {string} ts @param {string} zone @param {Date} now */
export function dayAndClock(ts, zone, now) {
  return `${dayName(ts, zone, now)} at ${clock(ts, zone)}`;
}

/** @param {string} ts @param {string} zone @param {boolean} withYear */
function longDay(ts, zone, withYear) {
  const options = /** @type {const} */ ({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
  const { weekday, month, day, year } = parts(ts, zone, options);
  return `${weekday}, ${month} ${ordinal(Number(day))}${withYear ? `, ${year}` : ""}`;
}

/** @param {string} ts @param {string} zone @param {Intl.DateTimeFormatOptions} options */
function parts(ts, zone, options) {
  const found = format(zone, options).formatToParts(Number(ts) * 1000);
  return Object.fromEntries(found.map(({ type, value }) => [type, value]));
}

/** @param {number} number */
function ordinal(number) {
  const isTeen = number % 100 > 10 && number % 100 < 14;
  return number + ((!isTeen && ["th", "st", "nd", "rd"][number % 10]) || "th");
}
