/** What the Block Kit renderer needs to know of where its blocks stand, and what using them does. */

import { sayTrouble } from "./toasts.js";

/** @typedef {typeof import("../store.js").store} Store */

/** The viewer's zone. @param {Store} store */
export function zoneOf(store) {
  return store.people.get(store.me)?.tz ?? "Etc/UTC";
}

/** @param {Store} store @param {import("../store.js").Message} message */
export function messageContext(store, message) {
  return context(store, "message", { channel: message.channel, ts: message.ts }, {}, {});
}

/** @param {Store} store @param {import("../store.js").View} view */
export function homeContext(store, view) {
  return context(store, "home", { view: view.id }, view.values, view.errors);
}

/** @param {Store} store @param {"message" | "home"} surface @param {object} source as `press` takes it
 * @param {import("../store.js").View["values"]} values @param {Record<string, string>} errors */
function context(store, surface, source, values, errors) {
  return {
    people: store.people,
    channels: store.conversations,
    me: store.me,
    zone: zoneOf(store),
    now: store.now,
    values,
    errors,
    surface,
    /** @param {string} blockId @param {string} actionId @param {unknown} [value] */
    async press(blockId, actionId, value) {
      sayTrouble(await store.do("press", { source, blockId, actionId, value }));
    },
    /** @param {string} blockId @param {string} actionId @param {string} text */
    suggest: (blockId, actionId, text) => store.do("suggest", { source, blockId, actionId, text }),
    /** @param {string} blockId @param {string} actionId @param {unknown} value */
    async fill(blockId, actionId, value) {
      if ("view" in source) sayTrouble(await store.do("fill", { ...source, blockId, actionId, value }));
    },
  };
}
