/** The list that opens below a select. The focus stays in the select's text; this shows which option is active. */

import { h } from "../shell/dom.js";
import { drawn } from "./emoji.js";
import { icon } from "./icons.js";
import { openAt, place } from "./popup.js";

/** @typedef {import("./offers.js").Offer} Offer */

export class Listbox {
  /** @type {HTMLElement[]} */
  #options = [];
  /** @type {Offer[]} */
  #offers = [];
  #active = -1;

  /** @param {HTMLElement} anchor @param {HTMLInputElement} field @param {boolean} isMulti
   * @param {(offer: Offer) => void} choose */
  constructor(anchor, field, isMulti, choose) {
    this.anchor = anchor;
    this.field = field;
    this.choose = choose;
    this.list = h("div", { role: "listbox", id: `${field.id}-list`, "aria-label": "Options" });
    if (isMulti) this.list.setAttribute("aria-multiselectable", "true");
    this.note = h("div", { class: "b-note", role: "status" });
    this.element = h("div", { class: "b-popup b-list", popover: "manual" }, this.list, this.note);
    // A press must not take the focus out of the text
    this.element.addEventListener("pointerdown", (event) => event.preventDefault());
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen() {
    return this.element.isConnected;
  }

  /** @returns {Offer | undefined} */
  get active() {
    return this.#offers[this.#active];
  }

  open() {
    if (this.isOpen) return;
    this.anchor.append(this.element);
    this.field.setAttribute("aria-expanded", "true");
    this.field.setAttribute("aria-controls", this.list.id);
    openAt(this.anchor, this.element);
  }

  close() {
    if (!this.isOpen) return;
    this.element.hidePopover();
    this.element.remove();
    for (const name of ["aria-controls", "aria-activedescendant"]) this.field.removeAttribute(name);
    this.field.setAttribute("aria-expanded", "false");
  }

  /** @param {import("./offers.js").Group[]} groups @param {Set<string>} chosen keys */
  show(groups, chosen) {
    this.#options = [];
    this.#offers = groups.flatMap(({ offers }) => offers);
    this.list.replaceChildren(
      ...groups.filter(({ offers }) => offers.length).map((group) => this.#group(group, chosen)),
    );
    this.note.textContent = this.#offers.length ? "" : "No results";
    const first = this.#offers.findIndex(({ key }) => chosen.has(key));
    this.#activate(Math.max(first, 0));
    place(this.anchor, this.element);
  }

  /** Words in place of options. @param {string} words */
  say(words) {
    this.show([], new Set());
    this.note.textContent = words;
  }

  /** @param {1 | -1} by */
  move(by) {
    const count = this.#options.length;
    if (count) this.#activate((this.#active + by + count) % count);
  }

  /** @param {import("./offers.js").Group} group @param {Set<string>} chosen */
  #group({ label, offers }, chosen) {
    const options = offers.map((offer) => this.#option(offer, chosen.has(offer.key)));
    const heading = label && h("div", { class: "b-group", role: "presentation" }, label);
    return h("div", label ? { role: "group", "aria-label": label } : { role: "presentation" }, heading, ...options);
  }

  /** @param {Offer} offer @param {boolean} isChosen */
  #option(offer, isChosen) {
    const at = this.#options.length;
    const option = h(
      "div",
      {
        role: "option",
        class: "b-option",
        id: `${this.list.id}-${at}`,
        "aria-selected": String(isChosen),
        onclick: () => this.choose(offer),
        onpointermove: () => at !== this.#active && this.#activate(at),
      },
      h("span", {}, drawn(offer.text)),
      offer.detail && h("span", { class: "b-soft" }, drawn(offer.detail)),
      isChosen && icon("check"),
    );
    this.#options.push(option);
    return option;
  }

  /** @param {number} at */
  #activate(at) {
    this.#options[this.#active]?.classList.remove("active");
    this.#active = at;
    const option = this.#options[at];
    option?.classList.add("active");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
  }
}
