/** The list over a composer, of what its word could become. The focus stays in the composer. */

import { h } from "./dom.js";
import { avatar } from "./people.js";
import { suggest } from "./suggestions.js";

/** @typedef {import("./suggestions.js").Option} Option */

let count = 0;

/** Where the app is not installed, it has no commands. @param {typeof import("../store.js").store} store */
function known({ commands, people, conversations, install }) {
  return { commands: install.isInstalled ? commands : [], people, conversations };
}

export class Completion {
  #store;
  #input;
  #id = `completion-${++count}`;
  /** @type {Option[]} */
  #options = [];
  #from = 0;
  #active = 0;
  /** What was looked at last: an arrow key's keyup is no reason to look again. */
  #seen = "";
  element = h("div", { class: "completion", hidden: true });

  /** @param {typeof import("../store.js").store} store @param {HTMLTextAreaElement} input */
  constructor(store, input) {
    this.#store = store;
    this.#input = input;
    for (const event of ["input", "click", "keyup"]) input.addEventListener(event, () => this.#look());
    input.addEventListener("blur", () => this.close());
    input.setAttribute("aria-autocomplete", "list");
    this.element.addEventListener("pointerdown", (event) => event.preventDefault()); // the caret stays
  }

  /** Takes a key where the list is open. Returns whether it did. @param {KeyboardEvent} event */
  take(event) {
    if (this.element.hidden) return false;
    if (event.key === "Escape") this.close();
    else if (!this.#options.length) return false;
    else if (event.key === "ArrowDown") this.#move(1);
    else if (event.key === "ArrowUp") this.#move(-1);
    else if (event.key === "Tab" || event.key === "Enter") this.#choose(this.#options[this.#active]);
    else return false;
    return true;
  }

  close() {
    this.element.hidden = true;
    this.#options = [];
    this.#input.removeAttribute("aria-activedescendant");
    this.#input.removeAttribute("aria-controls");
    this.#seen = this.#state();
  }

  #state() {
    return `${this.#input.selectionStart} ${this.#input.value}`;
  }

  #look() {
    if (this.#state() === this.#seen) return;
    const found = suggest(this.#input.value, this.#input.selectionStart, known(this.#store));
    this.close();
    if (!found) return;
    this.element.hidden = false;
    if (found.hint !== undefined) {
      this.element.replaceChildren(h("div", { class: "hint" }, found.hint));
      return;
    }
    this.#options = found.options;
    this.#from = found.from;
    this.#active = 0;
    this.#draw();
  }

  #draw() {
    const list = h(
      "ul",
      { id: this.#id, role: "listbox", "aria-label": "Suggestions" },
      ...this.#options.map((option, at) => this.#item(option, at)),
    );
    this.element.replaceChildren(
      list,
      h("div", { class: "completion-keys", "aria-hidden": "true" }, "↑↓ to navigate · Tab or ↵ to choose · Esc to dismiss"),
    );
    this.#input.setAttribute("aria-controls", this.#id);
    this.#move(0);
  }

  /** @param {Option} option @param {number} at */
  #item(option, at) {
    return h(
      "li",
      { id: `${this.#id}-${at}`, role: "option", "aria-selected": "false", onclick: () => this.#choose(option) },
      option.person && avatar(option.person, "tiny"),
      h("span", { class: "option-label" }, option.label),
      h("span", { class: "soft" }, option.detail),
    );
  }

  /** @param {number} steps */
  #move(steps) {
    const items = [...this.element.querySelectorAll("[role=option]")];
    this.#active = (this.#active + steps + items.length) % items.length;
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === this.#active)));
    items[this.#active].scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", items[this.#active].id);
  }

  /** @param {Option} option */
  #choose(option) {
    this.#input.setRangeText(`${option.insert} `, this.#from, this.#input.selectionStart, "end");
    this.#input.dispatchEvent(new Event("input", { bubbles: true }));
    this.#input.focus();
  }
}
