/** Where this window is, once the address is held against what this person is in.
 *
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {{isList: boolean, channel: string | null, tab: import("./place.js").Tab | null, thread: string | null}} Where
 *   `isList`: on a phone, the list and not the channel is what shows; `tab` is null in a channel; `channel` is null in
 *   tabs without messages
 */

import { place } from "./place.js";

/** @param {Store} store @returns {Where} */
export function where(store) {
  const asked = place();
  const tab = asked?.channel && store.conversations.get(asked.channel)?.kind === "im" ? "messages" : (asked?.tab ?? null);
  const thread = asked?.thread ?? null;
  if (tab) return { isList: false, channel: tab === "messages" ? direct(store) : null, tab, thread };
  if (asked?.channel && store.conversations.has(asked.channel)) {
    return { isList: false, channel: asked.channel, tab, thread };
  }
  const [first] = store.conversations.keys();
  return { isList: asked?.channel === null, channel: first ?? null, tab, thread: null };
}

/** The direct messages with the app, once there are any. @param {Store} store */
export function direct(store) {
  return [...store.conversations.values()].find(({ kind }) => kind === "im")?.id ?? null;
}
