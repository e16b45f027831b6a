/** Messages and the composer under them: a channel's, or a thread's. */

import { mountActions } from "./actions.js";
import { Composer } from "./composer.js";
import { zoneOf } from "./context.js";
import { h } from "./dom.js";
import { channelRows, threadRows } from "./rows.js";
import { Timeline } from "./timeline.js";

/** @typedef {typeof import("../store.js").store} Store */

export class Conversation {
  #store;
  #shown = "";
  #channel = "";
  /** @type {string | null} */
  #thread = null;

  /** @param {Store} store @param {string} label of the list */
  constructor(store, label) {
    this.#store = store;
    this.timeline = new Timeline(store, label);
    this.composer = new Composer(store);
    mountActions(store, this.timeline);
    this.element = h("div", { class: "conversation" }, this.timeline.element, this.composer.element);
  }

  /** What to show from the next `update` on. @param {string} channel @param {string | null} thread
   * @param {string} name of the composer @returns {boolean} whether something else was shown before */
  show(channel, thread, name) {
    const wanted = `${this.#store.me} ${channel} ${thread}`;
    [this.#channel, this.#thread] = [channel, thread];
    this.composer.aim({ channel, thread, name });
    if (wanted === this.#shown) return false;
    this.#shown = wanted;
    this.timeline.clear();
    return true;
  }

  /** @param {{again?: boolean}} [options] as `Timeline.show` takes them */
  update(options) {
    const zone = zoneOf(this.#store);
    const [messages, now] = [this.#store.messages.values(), this.#store.now()];
    const rows = this.#thread
      ? threadRows(messages, this.#channel, this.#thread, zone, now)
      : channelRows(messages, this.#channel, zone, now);
    this.timeline.show(rows, options);
  }
}
