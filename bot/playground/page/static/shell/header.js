/** The bar over what is shown: its name, who is there, and what can be opened anywhere. */

import { h, iconButton, keepFocus } from "./dom.js";
import { icon } from "./icons.js";
import { openPanel } from "./menu.js";
import { avatar, handleOf, nameOf } from "./people.js";
import { openShortcuts } from "./shortcuts.js";
import { themeButton } from "./theme.js";

const FACES = 3;

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("./where.js").Where} Where
 */

export class Header {
  #store;
  #name = h("h1", { class: "title" });
  #members = h("div", { class: "members" });

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    const shortcuts = iconButton(icon("bolt"), "Shortcuts", {
      "aria-haspopup": "menu",
      onclick: () => openShortcuts(store, shortcuts),
    });
    const inspector = iconButton(icon("inspect"), "Inspector", { "data-opens": "inspector", "aria-expanded": "false" });
    this.element = h(
      "header",
      { class: "header" },
      h("a", { class: "icon-button to-list", href: "#/", "aria-label": "Back to the channel list" }, icon("back")),
      this.#name,
      this.#members,
      shortcuts,
      themeButton(),
      inspector,
    );
  }

  /** @param {Where} where */
  show({ channel, tab }) {
    const { people, app, conversations } = this.#store;
    const conversation = channel && !tab ? conversations.get(channel) : undefined;
    const sign = conversation
      ? icon(conversation.kind === "private" ? "lock" : "hash")
      : avatar(people.get(app.userId), "small");
    this.#name.replaceChildren(h("span", { class: "sign" }, sign), conversation?.name ?? app.name);
    keepFocus(this.#members, () => this.#members.replaceChildren(...(conversation ? [this.#who(conversation)] : [])));
  }

  /** @param {import("../store.js").Conversation} conversation */
  #who({ name, members }) {
    const people = members.map((id) => this.#store.people.get(id)).filter((each) => each !== undefined);
    const button = h(
      "button",
      {
        type: "button",
        class: "who",
        "aria-haspopup": "dialog",
        "aria-label": `${members.length} members`,
        onclick: () => openPanel(button, `Members of #${name}`, memberList(people)),
      },
      ...people.slice(0, FACES).map((person) => avatar(person, "tiny")),
      h("span", {}, String(members.length)),
    );
    return button;
  }
}

/** @param {import("../store.js").Person[]} people */
function memberList(people) {
  const item = (/** @type {import("../store.js").Person} */ person) =>
    h(
      "li",
      {},
      avatar(person, "small"),
      nameOf(person),
      person.isBot ? h("span", { class: "badge" }, "APP") : h("span", { class: "soft" }, `@${handleOf(person)}`),
    );
  return h("ul", { class: "member-list" }, ...people.map(item));
}
