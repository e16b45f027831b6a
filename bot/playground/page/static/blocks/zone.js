/** Moments in a zone (an IANA name): its wall clock, and back. */

const DAY = 86_400_000;

/** @typedef {{year: number, month: number, day: number, hour: number, minute: number, second: number}} Wall */

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** What clocks show in the zone. @param {Date} moment @param {string} zone @returns {Wall} */
export function wall(moment, zone) {
  const parts = format(zone).formatToParts(moment);
  return /** @type {any} */ (Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)])));
}

/** Days since 1970 on the zone's calendar. @param {Wall} wall */
export function dayNumber({ year, month, day }) {
  return Date.UTC(year, month - 1, day) / DAY;
}

/** `2026-11-23T09:05`, as a browser's input takes it. @param {number} seconds @param {string} zone */
export function toLocal(seconds, zone) {
  const { year, month, day, hour, minute } = wall(new Date(seconds * 1000), zone);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

/** The epoch seconds at which the zone's clocks show this. @param {string} local @param {string} zone */
export function toSeconds(local, zone) {
  const wanted = Date.parse(`${local}Z`);
  const first = wanted - offset(wanted, zone);
  return (wanted - offset(first, zone)) / 1000; // once more, for a clock that changed in between
}

/** @param {number} milliseconds @param {string} zone */
function offset(milliseconds, zone) {
  const { year, month, day, hour, minute } = wall(new Date(milliseconds), zone);
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(milliseconds / 60_000) * 60_000;
}

/** @param {string} zone */
function format(zone) {
  const number = /** @type {const} */ ("numeric");
  const fields = { year: number, month: number, day: number, hour: number, minute: number, second: number };
  const known = formats.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...fields });
  formats.set(zone, known);
  return known;
}
