/** Selects, of one or of several: a text to filter by, over a list. */

import { h } from "../shell/dom.js";
import { drawn } from "./emoji.js";
import { icon } from "./icons.js";
import { Listbox } from "./listbox.js";
import { isAsked, offerOf, offersFor, shortestQuery, suggested } from "./offers.js";
import { plain } from "./text.js";

/**
 * @typedef {import("./control.js").Control} Control
 * @typedef {import("./offers.js").Offer} Offer
 */

const PAUSE = 200; // milliseconds of rest in typing, before the bot is asked

/** @param {Control} control */
export function renderSelect(control) {
  return new Select(control).element;
}

class Select {
  /** Counts the questions, so that only the last one's answer is shown. */
  #asked = 0;

  /** @param {Control} control */
  constructor(control) {
    this.control = control;
    this.isMulti = control.element.type.startsWith("multi_");
    const values = this.isMulti ? (control.value ?? []) : control.value ? [control.value] : [];
    /** @type {Offer[]} */
    this.chosen = values.map((/** @type {any} */ value) => offerOf(value, control.context));
    this.prompt = plain(control.element.placeholder?.text ?? (this.isMulti ? "Select options" : "Select an option"));
    this.field = this.#field();
    this.box = h("div", { class: "b-select-box" });
    this.element = h("div", { class: `b-holder b-select${this.isMulti ? " multi" : ""}` }, this.box);
    this.listbox = new Listbox(this.element, this.field, this.isMulti, (offer) => this.#choose(offer));
    this.box.addEventListener("click", (event) => event.target instanceof HTMLButtonElement || this.#press());
    this.#draw();
  }

  #field() {
    return h("input", {
      ...this.control.naming(this.prompt),
      type: "text",
      role: "combobox",
      class: "b-select-text",
      autocomplete: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-haspopup": "listbox",
      oninput: () => this.#open(this.field.value),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      onblur: () => this.#close(),
    });
  }

  /** What is chosen, the text, and what opens the list. */
  #draw() {
    const tokens = this.isMulti ? this.chosen.map((offer) => this.#token(offer)) : [];
    const canClear = !this.isMulti && this.chosen.length > 0 && this.control.isInput && this.control.block.optional;
    const hadFocus = this.field === document.activeElement;
    const after = canClear ? this.#clear("Clear selection", () => this.#take([])) : icon("down");
    if (this.field.parentNode === this.box) {
      // The text itself stays where it is, since it may have the focus
      for (const other of [...this.box.children]) if (other !== this.field) other.remove();
      this.field.before(...tokens);
      this.field.after(after);
    } else this.box.append(...tokens, this.field, after);
    this.field.value = this.isMulti ? "" : (this.chosen[0]?.text ?? "");
    this.field.placeholder = this.isMulti && this.chosen.length ? "" : this.prompt;
    if (hadFocus && !this.isMulti) this.field.select();
  }

  /** @param {Offer} offer */
  #token(offer) {
    const remove = () => this.#take(this.chosen.filter(({ key }) => key !== offer.key));
    return h("span", { class: "b-token" }, h("span", {}, drawn(offer.text)), this.#clear(`Remove ${offer.text}`, remove));
  }

  /** @param {string} label @param {() => void} clear */
  #clear(label, clear) {
    const onclick = () => {
      clear();
      this.field.focus();
    };
    return h("button", { type: "button", class: "b-clear", "aria-label": label, onclick }, icon("close"));
  }

  #press() {
    this.field.focus();
    if (this.listbox.isOpen) return;
    if (!this.isMulti) this.field.select();
    this.#open("");
  }

  /** @param {string} typed */
  async #open(typed) {
    const asked = ++this.#asked;
    const { control, listbox } = this;
    const shortest = shortestQuery(control);
    listbox.open();
    if (typed.length < shortest) return listbox.say(`Type ${shortest} or more characters to search`);
    if (!isAsked(control)) return this.#show(offersFor(control, typed));
    listbox.say("Loading…");
    if (typed) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (asked !== this.#asked) return;
    const answer = await suggested(control, typed);
    if (asked === this.#asked) this.#show(answer);
  }

  /** @param {import("./offers.js").Answer} answer */
  #show(answer) {
    if ("trouble" in answer) this.listbox.say(answer.trouble);
    else this.listbox.show(answer.groups, new Set(this.chosen.map(({ key }) => key)));
  }

  #close() {
    this.#asked += 1;
    if (!this.listbox.isOpen) return;
    this.listbox.close();
    this.field.value = this.isMulti ? "" : (this.chosen[0]?.text ?? "");
  }

  /** @param {Offer} offer */
  #choose(offer) {
    if (!this.isMulti) {
      this.#close();
      return this.#take([offer]);
    }
    const others = this.chosen.filter(({ key }) => key !== offer.key);
    const isNew = others.length === this.chosen.length;
    const most = this.control.element.max_selected_items ?? Infinity;
    if (isNew && others.length >= most) return this.listbox.say(`You can choose at most ${most}.`);
    this.#take(isNew ? [...others, offer] : others);
    if (this.listbox.isOpen) this.#open("");
  }

  /** @param {Offer[]} offers */
  #take(offers) {
    this.chosen = offers;
    this.#draw();
    const values = offers.map(({ value }) => value);
    this.control.change(this.isMulti ? values : (values[0] ?? null));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { listbox, field } = this;
    if (event.isComposing) return;
    if (event.key === "Backspace" && this.isMulti && !field.value) return this.#take(this.chosen.slice(0, -1));
    if (!["ArrowDown", "ArrowUp", "Enter", "Escape"].includes(event.key)) return;
    if (event.key === "Escape" && !listbox.isOpen) return;
    event.preventDefault();
    event.stopPropagation();
    if (!listbox.isOpen) return void this.#open("");
    if (event.key === "Escape") return this.#close();
    if (event.key === "Enter") return void (listbox.active && this.#choose(listbox.active));
    listbox.move(event.key === "ArrowDown" ? 1 : -1);
  }
}
