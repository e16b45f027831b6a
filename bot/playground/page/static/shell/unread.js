/** What this person has not yet read, in this browser's memory. What was there when the page was first opened counts
 * as read.
 *
 * @typedef {{isUnread: boolean, badge: number}} Unread  `badge` counts what was meant for this person
 */

import { isReply } from "./rows.js";

/** @typedef {typeof import("../store.js").store} Store */

const BROADCAST = /<!(?:channel|here|everyone)/;

/** By channel. @param {Store} store @returns {Map<string, Unread>} */
export function unread(store) {
  /** @type {Map<string, Unread>} */
  const found = new Map();
  /** @type {Map<string, string>} */
  const read = new Map();
  for (const { id } of store.conversations.values()) {
    found.set(id, { isUnread: false, badge: 0 });
    read.set(id, localStorage.getItem(key(store, id)) ?? began());
  }
  for (const message of store.messages.values()) {
    const channel = found.get(message.channel);
    if (!channel || message.ts <= (read.get(message.channel) ?? "")) continue;
    if (message.author === store.me || message.onlyForMe || (isReply(message) && !message.broadcast)) continue;
    channel.isUnread = true;
    channel.badge += isFor(store, message) ? 1 : 0;
  }
  return found;
}

/** @param {Store} store @param {string} channel */
export function markRead(store, channel) {
  let newest = "";
  for (const message of store.messages.values()) {
    if (message.channel === channel && message.ts > newest) newest = message.ts;
  }
  if (newest > (localStorage.getItem(key(store, channel)) ?? "")) localStorage.setItem(key(store, channel), newest);
}

/** @param {Store} store @param {import("../store.js").Message} message */
function isFor(store, { channel, text }) {
  return (
    store.conversations.get(channel)?.kind === "im" || text.includes(`<@${store.me}`) || BROADCAST.test(text)
  );
}

/** @param {Store} store @param {string} channel */
function key(store, channel) {
  return `read ${store.me} ${channel}`;
}

/** When this browser first saw the page, as a ts. */
function began() {
  const known = localStorage.getItem("began");
  if (known) return known;
  const now = (Date.now() / 1000).toFixed(6);
  localStorage.setItem("began", now);
  return now;
}
