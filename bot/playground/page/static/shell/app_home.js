/** What the app's tabs show beside its messages: the Home that it published, and what it can do. */

import { patchBlocks } from "../blocks/index.js";
import { homeContext } from "./context.js";
import { h } from "./dom.js";
import { address } from "./place.js";
import { remove } from "./workspaces.js";

const TABS = /** @type {const} */ ({ home: "Home", messages: "Messages", about: "About" });

/** @typedef {typeof import("../store.js").store} Store */

/** @param {import("./place.js").Tab} here */
export function tabs(here) {
  const names = /** @type {(keyof typeof TABS)[]} */ (Object.keys(TABS));
  const tab = (/** @type {keyof typeof TABS} */ name) =>
    h("a", { href: address({ tab: name }), "aria-current": name === here ? "page" : null }, TABS[name]);
  return names.map(tab);
}

/** The Home as the app published it; drawn anew where it has changed. */
export class AppHome {
  #store;
  /** @type {unknown} */
  #drawn;
  element = h("div", { class: "app-home" });

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** @param {string} words */
  #say(words) {
    this.element.replaceChildren(h("p", { class: "empty" }, words));
  }

  /** @param {{again?: boolean}} [options] `again`: even where it has not changed */
  update({ again = false } = {}) {
    const { home, app, install } = this.#store;
    if (this.#drawn === home && !again) return;
    this.#drawn = home;
    if (home) patchBlocks(this.element, home.content.blocks, homeContext(this.#store, home), () => false);
    else if (install.isInstalled) this.#say(`${app.name} has not published its Home yet.`);
    else this.#say(`Once ${app.name} is installed, its Home is here.`);
  }
}

/** What the app can do, as its manifest says; an admin can remove it. @param {Store} store */
export function about(store) {
  const { app, commands, shortcuts, install, people, me } = store;
  const isRemovable = install.isInstalled && people.get(me)?.isAdmin;
  const where = { global: "from the shortcuts menu ⚡, anywhere", message: "from a message’s menu" };
  return h(
    "div",
    { class: "about" },
    h("h2", {}, `What ${app.name} can do`),
    h("h3", {}, "Slash commands"),
    h(
      "dl",
      {},
      ...commands.flatMap(({ name, description, usageHint }) => [
        h("dt", {}, h("code", {}, `${name} ${usageHint}`)),
        h("dd", {}, description),
      ]),
    ),
    h("h3", {}, "Shortcuts"),
    h("dl", {}, ...shortcuts.flatMap(({ name, kind }) => [h("dt", {}, name), h("dd", {}, where[kind])])),
    isRemovable &&
      h("button", { type: "button", class: "button", onclick: () => remove(store) }, `Remove ${app.name} from this workspace…`),
  );
}
