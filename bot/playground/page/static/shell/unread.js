/** Tells the stand-in what this window's person has read; the counts come back with the store's news. */

/** @typedef {typeof import("../store.js").store} Store */

/** What this window has said last, so that it says nothing twice. */
let told = "";

/** Somebody sees a channel: all of it is read. @param {Store} store @param {string} channel */
export function markRead(store, channel) {
  if (!store.unread.channels[channel]) return;
  let newest = "";
  for (const message of store.messages.values()) {
    if (message.channel === channel && message.ts > newest) newest = message.ts;
  }
  const saying = [store.me, channel, newest].join();
  if (saying === told) return;
  told = saying;
  store.do("read", { channel, ts: newest });
}
