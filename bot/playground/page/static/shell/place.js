/**
 * Where in the workspace this window is. It stands in the address, so that Back works and links lead somewhere:
 * `#/C0SUPPORT`, `#/C0SUPPORT/1748847600.000100` (a thread), `#/app/home`, `#/` (the list, on a phone).
 *
 * @typedef {"home" | "messages" | "about"} Tab
 * @typedef {{channel: string | null, tab: Tab | null, thread: string | null}} Place
 *   `channel` and `tab` are null in the list
 */

/** @returns {Place | null} null where the address names none */
export function place() {
  const [, first, second, third] = location.hash.split("/").map(decodeURIComponent);
  if (first === undefined) return null;
  if (first === "app") return { channel: null, tab: tabOf(second), thread: third ?? null };
  return { channel: first || null, tab: null, thread: second ?? null };
}

/** @param {Partial<Place>} target */
export function address({ channel, tab, thread }) {
  return ["#", ...(tab ? ["app", tab] : [channel ?? ""]), ...(thread ? [thread] : [])].join("/");
}

/** @param {Partial<Place>} target */
export function go(target) {
  location.hash = address(target);
}

/** @param {() => void} listener */
export function onPlace(listener) {
  addEventListener("hashchange", listener);
}

/** @param {string | undefined} word @returns {Tab} */
function tabOf(word) {
  return word === "messages" || word === "about" ? word : "home";
}
