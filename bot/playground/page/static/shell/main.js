/** The middle: a channel, or one of the app's tabs. */

import { about, AppHome, tabs } from "./app_home.js";
import { Conversation } from "./conversation.js";
import { h } from "./dom.js";
import { Header } from "./header.js";
import { icon } from "./icons.js";
import { avatar } from "./people.js";
import { installNotice } from "./workspaces.js";

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("./where.js").Where} Where
 */

export class Main {
  #store;
  #header;
  #conversation;
  #home;
  #asked = "";
  #tabs = h("nav", { class: "tabs", "aria-label": "App" });
  #about = h("div", { class: "scroller" });
  #install = h("div", { class: "notice", role: "status" });
  #archived = h("p", { class: "archived", hidden: true }, "This channel is archived: it can be read, not written in.");

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.#header = new Header(store);
    this.#conversation = new Conversation(store, "Messages");
    this.#home = new AppHome(store);
    this.#conversation.element.append(this.#archived);
    this.element = h(
      "main",
      { class: "main" },
      this.#header.element,
      this.#install,
      this.#tabs,
      this.#conversation.element,
      h("div", { class: "scroller home" }, this.#home.element),
      this.#about,
    );
  }

  /** @param {Where} where @returns {boolean} whether another channel has come up just now */
  show(where) {
    const { channel, tab } = where;
    this.element.dataset.shows = tab && tab !== "messages" ? tab : "messages";
    this.#header.show(where);
    this.#install.replaceChildren(...installNotice(this.#store));
    this.#tabs.hidden = !tab;
    this.#tabs.replaceChildren(...(tab ? tabs(tab) : []));
    if (tab === "about") this.#about.replaceChildren(about(this.#store));
    this.#askForHome(where);
    this.#conversation.element.hidden = !channel;
    if (!channel) return false;
    const { name, isArchived = false } = this.#store.conversations.get(channel) ?? {};
    this.#archived.hidden = !isArchived;
    this.#conversation.composer.element.hidden = isArchived;
    const isNew = this.#conversation.show(channel, null, `Message ${name ? `#${name}` : this.#store.app.name}`);
    if (isNew) this.#conversation.timeline.begin(beginning(this.#store, channel));
    return isNew;
  }

  /** @param {{again?: boolean}} options */
  update(options) {
    this.#home.update(options);
    if (!this.#conversation.element.hidden) this.#conversation.update(options);
  }

  focus() {
    this.#conversation.composer.focus();
  }

  /** Puts the focus on a message, as when its thread has been closed. @param {string} id */
  focusOn(id) {
    this.#conversation.timeline.focusOn(id);
  }

  /** The app hears each time when somebody comes to one of its tabs, and publishes the Home. @param {Where} where */
  #askForHome({ tab }) {
    const { me, install } = this.#store;
    const asked = tab && install.isInstalled ? `${me} ${tab}` : "";
    if (asked && asked !== this.#asked) this.#store.do("openHome");
    this.#asked = asked;
  }
}

/** What stands above the first message. @param {Store} store @param {string} channel */
function beginning(store, channel) {
  const { name = "", kind } = store.conversations.get(channel) ?? {};
  if (kind === "im") {
    return intro(avatar(store.people.get(store.app.userId), "large"), store.app.name, [
      `This is the very beginning of your messages with ${store.app.name}. Write what is wrong, or ask for help.`,
    ]);
  }
  return intro(icon(kind === "private" ? "lock" : "hash"), name, [
    `This is the very beginning of the ${kind === "private" ? "private " : ""}channel `,
    h("strong", {}, `#${name}`),
    ".",
  ]);
}

/** @param {Node} sign @param {string} name @param {(Node | string)[]} words */
function intro(sign, name, words) {
  return h("div", { class: "beginning" }, h("p", { class: "beginning-name" }, sign, name), h("p", {}, ...words));
}
