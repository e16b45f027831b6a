/** The left side: the workspace, its channels and apps, what is unread, and whom this window acts as. */

import { h, keepFocus, unseen } from "./dom.js";
import { icon } from "./icons.js";
import { avatar, nameOf } from "./people.js";
import { address } from "./place.js";
import { isQuiet, restButton } from "./resting.js";
import { teamButton, tiles } from "./workspaces.js";

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("./where.js").Where} Where
 * @typedef {import("../store.js").Conversation} Conversation
 * @typedef {{name: string, sign: Node, href: string, isHere: boolean, unread?: import("../store.js").Count}} Entry
 */

export class Sidebar {
  #store;
  #drawn = "";
  #lists = h("nav", { class: "lists", "aria-label": "Channels and apps" });
  #people = h("div", { class: "people" });
  #rail = h("nav", { class: "rail", "aria-label": "Views" });

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    const team = h("h2", {}, teamButton(store));
    const label = { class: "sidebar", "aria-label": store.team.name };
    this.element = h("div", { class: "left" }, this.#rail, h("section", label, team, this.#lists, this.#people));
  }

  /** @param {Where} where */
  show(where) {
    const { me, people, conversations, unread, workspaces } = this.#store;
    const quiet = [...people.values()].map((person) => isQuiet(person, this.#store.now()));
    const all = [[...people.values()], [...conversations.values()], workspaces];
    const drawn = JSON.stringify([where, me, unread, ...all, quiet]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    keepFocus(this.element, () => {
      this.#rail.replaceChildren(...this.#railItems(where));
      this.#lists.replaceChildren(...this.#sections(where));
      this.#people.replaceChildren(...this.#actingAs());
    });
  }

  /** @param {Where} where */
  #railItems(where) {
    const item = (/** @type {Node} */ sign, /** @type {string} */ name, /** @type {string} */ href, isHere = false) =>
      h("a", { class: "rail-item", href, "aria-current": isHere ? "true" : null }, h("span", { class: "rail-sign" }, sign), name);
    const direct = [...this.#store.conversations.values()].find(({ kind }) => kind === "im");
    const waits = direct && this.#store.unread.channels[direct.id];
    const messages = item(icon("message"), "DMs", address({ tab: "messages" }), where.tab === "messages");
    if (waits) messages.append(h("span", { class: "dot" }), unseen("unread"));
    return [
      h("span", { class: "tiles", role: "group", "aria-label": "Workspaces" }, ...tiles(this.#store)),
      item(icon("home"), "Home", "#/", where.tab !== "messages"),
      messages,
    ];
  }

  /** @param {Where} where */
  #sections(where) {
    const all = [...this.#store.conversations.values()];
    const named = all.filter(({ name }) => name).sort((one, other) => one.name.localeCompare(other.name));
    const { app, people } = this.#store;
    const sign = () => avatar(people.get(app.userId), "small");
    const entry = (/** @type {Conversation} */ each) => this.#entry(each, where);
    const home = {
      name: app.name,
      sign: sign(),
      href: address({ tab: "home" }),
      isHere: where.tab === "home" || where.tab === "about",
    };
    const direct = all.filter(({ kind }) => kind === "im").map(entry);
    return [
      section("Channels", named.map(entry)),
      section("Direct messages", direct.length ? direct : [this.#unopened(where)]),
      section("Apps", [home]),
    ].filter((each) => each !== null);
  }

  /** Messages with the app that nobody has written yet: they begin where somebody comes to them.
   * @param {Where} where @returns {Entry} */
  #unopened(where) {
    const { app, people } = this.#store;
    const isHere = where.tab === "messages";
    return { name: app.name, sign: avatar(people.get(app.userId), "small"), href: address({ tab: "messages" }), isHere };
  }

  /** @param {Conversation} conversation @param {Where} where @returns {Entry} */
  #entry({ id, name, kind, members, isShared }, where) {
    const { people, me, unread } = this.#store;
    const other = people.get(members.find((each) => each !== me) ?? "");
    return {
      name: name || nameOf(other),
      sign: kind === "im" ? avatar(other, "small") : icon(kind === "private" ? "lock" : isShared ? "shared" : "hash"),
      href: address({ channel: id }),
      isHere: where.channel === id && !where.isList,
      unread: unread.channels[id],
    };
  }

  #actingAs() {
    const people = [...this.#store.people.values()].filter(({ isBot, from }) => !isBot && !from);
    const me = this.#store.people.get(this.#store.me);
    return [
      h("div", { class: "acting" }, h("h3", {}, "Acting as ", h("strong", {}, nameOf(me))), restButton(this.#store)),
      h("ul", { class: "faces" }, ...people.map((person) => h("li", {}, this.#face(person)))),
    ];
  }

  /** A link, so that it can be opened in a second window. @param {import("../store.js").Person} person */
  #face(person) {
    const isMe = person.id === this.#store.me;
    const act = (/** @type {MouseEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#store.actAs(person.id);
    };
    const waiting = this.#store.unread.people[person.id] ?? 0;
    const quiet = isQuiet(person, this.#store.now());
    const states = [waiting && `unread mentions: ${waiting}`, quiet && "do not disturb"].filter(Boolean);
    const label = [`Act as ${nameOf(person)}`, ...states].join(", ");
    const title = isMe ? `You act as ${nameOf(person)}` : `Act as ${nameOf(person)} (with Ctrl: in a second window)`;
    return h(
      "a",
      { href: `?as=${person.id}`, title, "aria-label": label, "aria-current": isMe ? "true" : null, onclick: act },
      avatar(person, "small"),
      badge(waiting),
      quiet && h("span", { class: "quiet" }, icon("moon")),
    );
  }
}

/** @param {string} title @param {Entry[]} entries */
function section(title, entries) {
  if (!entries.length) return null;
  return h("section", {}, h("h3", {}, title), h("ul", {}, ...entries.map((entry) => h("li", {}, link(entry)))));
}

/** @param {Entry} entry */
function link({ name, sign, href, isHere, unread }) {
  return h(
    "a",
    { class: unread ? "entry unread" : "entry", href, "aria-current": isHere ? "page" : null },
    h("span", { class: "sign" }, sign),
    h("span", { class: "entry-name" }, name),
    unread && unseen("unread"),
    badge(unread?.mentions ?? 0),
  );
}

/** @param {number} count */
function badge(count) {
  return count ? h("span", { class: "unread-badge" }, String(count)) : null;
}
