/** The panel at the side with one thread. */

import { Conversation } from "./conversation.js";
import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { address, go } from "./place.js";

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("./where.js").Where} Where
 */

export class ThreadPanel {
  #store;
  #closed;
  #conversation;
  /** @type {{channel: string, thread: string} | undefined} */
  #shown;
  #place = h("span", { class: "soft" });
  #back = h("a", { class: "icon-button to-channel", "aria-label": "Back to the channel" }, icon("back"));

  /** @param {Store} store @param {(id: string) => void} closed is told whose thread it was */
  constructor(store, closed) {
    this.#store = store;
    this.#closed = closed;
    this.#conversation = new Conversation(store, "Thread");
    const close = iconButton(icon("close"), "Close thread", { onclick: () => this.#close() });
    const title = h("h2", { class: "title", id: "thread-title" }, "Thread", this.#place);
    this.element = h(
      "aside",
      { class: "thread", "aria-labelledby": "thread-title", hidden: true },
      h("header", { class: "header" }, this.#back, title, close),
      this.#conversation.element,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.#close();
    });
  }

  /** @param {Where} where @returns {boolean} whether it has come up just now */
  show({ channel, thread }) {
    this.element.hidden = !channel || !thread;
    if (!channel || !thread) return false;
    this.#shown = { channel, thread };
    const name = this.#store.conversations.get(channel)?.name;
    this.#place.textContent = name ? `#${name}` : this.#store.app.name;
    this.#back.href = address({ channel });
    return this.#conversation.show(channel, thread, "Message thread: reply…");
  }

  /** @param {{again?: boolean}} options */
  update(options) {
    if (!this.element.hidden) this.#conversation.update(options);
  }

  focus() {
    this.#conversation.composer.focus();
  }

  #close() {
    if (!this.#shown) return;
    const { channel, thread } = this.#shown;
    go({ channel });
    this.#closed(`${channel}:${thread}`);
  }
}
