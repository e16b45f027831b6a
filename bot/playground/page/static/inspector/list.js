/** The rows of the inspector: the newest exchanges that pass the filter, the newest last. */

import { zoneOf } from "../shell/context.js";
import { h } from "../shell/dom.js";
import { second } from "../shell/time.js";
import { PATIENCE, failed } from "./sieve.js";

/** @typedef {import("../store.js").Exchange} Exchange */

const MOST = 500;
const NEAR = 40; // pixels from the end within which the list follows what is new

/** A listbox. Rows are drawn again only where their exchange has changed. */
export class ExchangeList {
  #store;
  #choose;
  /** @type {Map<number, {exchange: Exchange, row: HTMLElement}>} */
  #rows = new Map();
  /** @type {(exchange: Exchange) => boolean} */
  #passes = () => true;
  /** @type {number | null} */
  #chosen = null;
  #nothing = h("p", { class: "inspector-empty" }, "Nothing to show yet. Type /ticket, and see who says what.");
  #box = h("div", {
    class: "inspector-rows",
    role: "listbox",
    tabindex: "0",
    "aria-label": "Requests and answers",
    onclick: (/** @type {MouseEvent} */ event) => this.#pick(numberOf(event.target)),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#step(event),
  });
  element = h("div", { class: "inspector-list" }, this.#nothing, this.#box);

  /** @param {typeof import("../store.js").store} store @param {(exchange: Exchange) => void} choose */
  constructor(store, choose) {
    this.#store = store;
    this.#choose = choose;
  }

  focus() {
    this.#box.focus();
  }

  /** Shows those that pass. @param {(exchange: Exchange) => boolean} passes */
  sift(passes) {
    this.#passes = passes;
    this.update();
  }

  update() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR;
    const shown = this.#store.exchanges.filter(this.#passes).slice(-MOST);
    const wanted = new Set(shown.map(({ number }) => number));
    for (const [number, { row }] of this.#rows) {
      if (wanted.has(number)) continue;
      row.remove();
      this.#rows.delete(number);
    }
    shown.forEach((exchange, at) => this.#place(exchange, at));
    this.#nothing.hidden = shown.length > 0;
    this.#mark();
    if (follows) this.#box.scrollTop = this.#box.scrollHeight;
  }

  /** @param {Exchange} exchange @param {number} at */
  #place(exchange, at) {
    const known = this.#rows.get(exchange.number);
    const row = known?.exchange === exchange ? known.row : draw(exchange, zoneOf(this.#store));
    if (known && known.row !== row) known.row.replaceWith(row);
    const there = this.#box.children[at];
    if (there !== row) this.#box.insertBefore(row, there ?? null);
    this.#rows.set(exchange.number, { exchange, row });
  }

  /** @param {number | null} number */
  #pick(number) {
    const found = number === null ? undefined : this.#rows.get(number);
    if (!found) return;
    this.#chosen = number;
    this.#mark();
    found.row.scrollIntoView({ block: "nearest" });
    this.#choose(found.exchange);
  }

  #mark() {
    const row = this.#chosen === null ? undefined : this.#rows.get(this.#chosen)?.row;
    this.#box.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    row?.setAttribute("aria-selected", "true");
    if (row) this.#box.setAttribute("aria-activedescendant", row.id);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  /** The arrow keys, Home and End; the first of them chooses the newest. @param {KeyboardEvent} event */
  #step(event) {
    const numbers = [...this.#rows.keys()].sort((one, other) => one - other);
    const last = numbers.length - 1;
    const at = this.#chosen === null ? -1 : numbers.indexOf(this.#chosen);
    const [up, down] = at < 0 ? [last, last] : [Math.max(at - 1, 0), Math.min(at + 1, last)];
    const next = { ArrowDown: down, ArrowUp: up, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#pick(numbers[next] ?? null);
  }
}

/** @param {EventTarget | null} target */
function numberOf(target) {
  const row = target instanceof Element && target.closest('[role="option"]');
  return row ? Number(row.id.split("-").at(-1)) : null;
}

/** @param {Exchange} exchange @param {string} zone */
function draw(exchange, zone) {
  const toBot = exchange.direction === "to_bot";
  const direction = h("span", { class: toBot ? "to-bot" : "from-bot", "aria-hidden": "true" }, toBot ? "→" : "←");
  return h(
    "div",
    {
      class: failed(exchange) ? "exchange is-failed" : "exchange",
      role: "option",
      id: `exchange-${exchange.number}`,
      "aria-selected": "false",
      "aria-label": spoken(exchange),
    },
    direction,
    h("span", { class: "exchange-kind" }, exchange.kind),
    h("span", { class: "exchange-status" }, statusOf(exchange)),
    h("span", { class: isLate(exchange) ? "exchange-time is-late" : "exchange-time" }, timeOf(exchange)),
    h("time", { class: "exchange-at" }, second(exchange.at, zone)),
  );
}

/** @param {Exchange} exchange */
function spoken(exchange) {
  const direction = exchange.direction === "to_bot" ? "To the bot" : "From the bot";
  const late = isLate(exchange) ? "too late" : "";
  return [direction, exchange.kind, statusOf(exchange), timeOf(exchange), late].filter(Boolean).join(", ");
}

/** @param {Exchange} exchange */
function isLate({ direction, milliseconds }) {
  return direction === "to_bot" && milliseconds !== null && milliseconds > PATIENCE;
}

/** The HTTP status, Slack's word for what was wrong, or that there is none. @param {Exchange} exchange */
export function statusOf({ status, milliseconds, error }) {
  if (milliseconds === null) return "…";
  return [status, error].filter((each) => each !== null).join(" ") || "no answer";
}

/** `12 ms`, `3.1 s`. @param {Exchange} exchange */
export function timeOf({ milliseconds }) {
  if (milliseconds === null) return "";
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}
