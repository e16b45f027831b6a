/** A list of messages that follows the store: it touches only the rows that have changed. */

import { h, keepFocus } from "./dom.js";
import { icon } from "./icons.js";
import { createRow, fillRow, label } from "./message.js";
import { isSameRow } from "./rows.js";

const NEAR = 60; // pixels from the end within which the reader follows what is new
const AT_ONCE = 80; // rows that are drawn before anybody sees the list; the rest follows in idle moments
const IDLE_WAIT = 50; // milliseconds, where the browser does not say when it is idle

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("./rows.js").Row} Row
 */

export class Timeline {
  #store;
  /** @type {Map<string, {element: HTMLElement, row: Row}>} */
  #shown = new Map();
  #follows = true;
  #top = 0; // where it was scrolled to last
  /** Rows of a new list that are still to be drawn, the newest last. @type {string[]} */
  #later = [];
  /** Whether what is shown from now on is news. */
  #isKnown = false;
  #list = h("ol", { class: "messages" });
  #jump = h(
    "button",
    { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() },
    icon("down"),
    "Jump to latest",
  );
  #news = h("div", { class: "unseen", role: "status" });
  #scroller = h("div", { class: "scroller", onscroll: () => this.#scrolled() });

  /** @param {Store} store @param {string} name what the list is called */
  constructor(store, name) {
    this.#store = store;
    this.#list.setAttribute("aria-label", name);
    this.#scroller.append(this.#list);
    this.element = h("div", { class: "timeline" }, this.#scroller, this.#jump, this.#news);
    const keepUp = new ResizeObserver(() => this.#follows && this.toEnd());
    keepUp.observe(this.#list);
    keepUp.observe(this.#scroller);
  }

  get list() {
    return this.#list;
  }

  /** Stands above the first message. @param {Node} beginning */
  begin(beginning) {
    this.#scroller.replaceChildren(beginning, this.#list);
  }

  /** Forgets what it shows: another list begins. */
  clear() {
    this.#shown.clear();
    this.#later = [];
    this.#list.replaceChildren();
    this.#follows = true;
    this.#isKnown = false;
  }

  /** @param {Row[]} rows the oldest first @param {{again?: boolean}} [options] `again`: draw all anew */
  show(rows, { again = false } = {}) {
    const wanted = new Set(rows.map((row) => row.message.id));
    for (const [id, { element }] of this.#shown) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#shown.delete(id);
    }
    /** @type {Row[]} */
    const added = [];
    let next = this.#list.firstElementChild;
    const late = this.#isKnown ? 0 : rows.length - AT_ONCE;
    for (const [at, row] of rows.entries()) {
      const known = this.#shown.get(row.message.id);
      const element = known?.element ?? createRow(row.message.id);
      if (!known) added.push(row);
      if (!known && at < late) this.#later.push(row.message.id);
      else if (!known || again || !isSameRow(known.row, row)) this.#fill(element, row);
      this.#shown.set(row.message.id, { element, row });
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
    this.#reachable();
    this.#arrived(added);
    if (this.#later.length) this.#whenIdle();
  }

  #whenIdle() {
    if ("requestIdleCallback" in window) requestIdleCallback((idle) => this.#drawLater(() => idle.timeRemaining() > 2));
    else setTimeout(() => this.#drawLater(() => false), IDLE_WAIT);
  }

  /** Draws some of the rows that nobody has scrolled to yet, the newest first. @param {() => boolean} hasTime */
  #drawLater(hasTime) {
    do {
      for (const id of this.#later.splice(-10).reverse()) this.redraw(id);
    } while (this.#later.length && hasTime());
    if (this.#later.length) this.#whenIdle();
  }

  /** The message that an element stands in. @param {EventTarget | null} target */
  at(target) {
    const element = target instanceof Element ? target.closest("li.row") : null;
    return element instanceof HTMLElement ? this.#shown.get(element.dataset.id ?? "")?.row.message : undefined;
  }

  /** Puts the focus on a message. @param {Element} row */
  reach(row) {
    this.#makeReachable(row);
    /** @type {HTMLElement | null} */ (row.querySelector(".message"))?.focus();
  }

  /** The same, by the message's id; nothing where it is not shown. @param {string} id */
  focusOn(id) {
    const known = this.#shown.get(id);
    if (known) this.reach(known.element);
  }

  /** Draws one message anew. @param {string} id */
  redraw(id) {
    const known = this.#shown.get(id);
    if (known) this.#fill(known.element, known.row);
  }

  toEnd() {
    this.#follows = true;
    this.#jump.hidden = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** Draws a row, and leaves the focus where it was. @param {HTMLElement} element @param {Row} row */
  #fill(element, row) {
    if (element.querySelector(".editor")) return;
    const toolbar = element.querySelector(".toolbar");
    keepFocus(element, () => {
      fillRow(element, row, this.#store);
      if (toolbar) element.querySelector(".message")?.append(toolbar);
    });
  }

  /** Tab reaches one message, the newest at first; arrow keys lead to the others. */
  #reachable() {
    if (this.#list.contains(document.activeElement)) return;
    this.#makeReachable(this.#list.lastElementChild);
  }

  /** @param {Element | null} row */
  #makeReachable(row) {
    for (const each of this.#list.querySelectorAll(".message[tabindex='0']")) each.setAttribute("tabindex", "-1");
    row?.querySelector(".message")?.setAttribute("tabindex", "0");
  }

  /** @param {Row[]} added */
  #arrived(added) {
    const { me } = this.#store;
    const isMine = added.some(({ message }) => message.author === me || message.onlyForMe);
    if (!this.#isKnown || this.#follows || isMine) this.toEnd();
    else if (added.length) this.#jump.hidden = false;
    if (this.#isKnown) {
      const others = added.filter(({ message }) => message.author !== me);
      if (others.length) this.#news.textContent = others.map(({ message }) => label(message, this.#store)).join("\n");
    }
    this.#isKnown = true;
  }

  /** Only who scrolls up stops following: what is above may grow as well. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#follows = isNear || (this.#follows && scrollTop >= this.#top);
    this.#top = scrollTop;
    if (this.#follows) this.#jump.hidden = true;
  }
}
