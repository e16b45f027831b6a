/** What is typed into a modal, on its way to the stand-in: held back while somebody types, sent before anything else. */

import { zoneOf } from "./shell/context.js";

/** @typedef {typeof import("./store.js").store} Store */

const PAUSE = 150; // milliseconds of rest in typing

/** The way of a value: it waits, or is being sent.
 * @typedef {{send: () => Promise<void>, timer: number, sent: Promise<void> | null}} Way */

export class ModalDraft {
  /** @type {Map<string, Map<string, Way>>} by block_id, then action_id */
  #ways = new Map();

  /** @param {Store} store @param {import("./store.js").View} view @param {(trouble: string | null) => void} say */
  constructor(store, view, say) {
    this.store = store;
    this.view = view;
    this.say = say;
    /** For the renderer: always of now. @type {import("./blocks/index.js").Context} */
    this.context = this.#context();
  }

  /** Whether an input of the block has a value that the stand-in may not know yet. @param {string} blockId */
  isAhead(blockId) {
    return this.#ways.has(blockId);
  }

  /** Sends what waits; resolves when all of it has arrived. */
  async flush() {
    const all = [...this.#ways.values()].flatMap((ways) => [...ways.values()]);
    await Promise.all(all.map((way) => way.sent ?? way.send()));
    if (this.#ways.size) await this.flush();
  }

  #context() {
    const { store } = this;
    const draft = this;
    return {
      get people() {
        return store.people;
      },
      get channels() {
        return store.conversations;
      },
      get me() {
        return store.me;
      },
      get zone() {
        return zoneOf(store);
      },
      get values() {
        return draft.view.values;
      },
      get errors() {
        return draft.view.errors;
      },
      now: store.now,
      surface: /** @type {const} */ ("modal"),
      press: (/** @type {string} */ blockId, /** @type {string} */ actionId, /** @type {unknown} */ value) =>
        draft.#press(blockId, actionId, value),
      suggest: (/** @type {string} */ blockId, /** @type {string} */ actionId, /** @type {string} */ text) =>
        store.do("suggest", { source: { view: draft.view.id }, blockId, actionId, text }),
      fill: (/** @type {string} */ blockId, /** @type {string} */ actionId, /** @type {unknown} */ value) =>
        draft.#fill(blockId, actionId, value),
    };
  }

  /** @param {string} blockId @param {string} actionId @param {unknown} value */
  async #press(blockId, actionId, value) {
    await this.flush();
    await this.#do("press", { source: { view: this.view.id }, blockId, actionId, value });
  }

  /** What is typed waits for a pause; a choice does not. @param {string} blockId @param {string} actionId
   * @param {unknown} value */
  #fill(blockId, actionId, value) {
    const ways = this.#ways.get(blockId) ?? new Map();
    const before = ways.get(actionId);
    clearTimeout(before?.timer);
    /** @type {Way} */
    const way = {
      timer: 0,
      sent: null,
      send() {
        clearTimeout(way.timer);
        way.sent = deliver();
        return way.sent;
      },
    };
    const deliver = async () => {
      await before?.sent; // in order
      await this.#do("fill", { view: this.view.id, blockId, actionId, value });
      if (ways.get(actionId) === way) ways.delete(actionId);
      if (!ways.size) this.#ways.delete(blockId);
    };
    ways.set(actionId, way);
    this.#ways.set(blockId, ways);
    if (typeof value === "string") way.timer = setTimeout(way.send, PAUSE);
    else way.send();
  }

  /** @param {string} action @param {object} fields */
  async #do(action, fields) {
    const result = await this.store.do(action, fields);
    this.say(result.ok ? null : (result.trouble ?? null));
  }
}
