/** The rows of the inspector: the newest exchanges that pass the filter, the newest last. */

import { h } from "../shell/dom.js";
import { PATIENCE, failed } from "./sieve.js";

/** @typedef {import("../store.js").Exchange} Exchange */

const MOST = 500;
const NEAR = 40; // pixels from the end within which the list follows what is new

/** A listbox. @param {typeof import("../store.js").store} store @param {(exchange: Exchange) => void} choose */
export function createList(store, choose) {
  /** @type {Map<number, {exchange: Exchange, row: HTMLElement}>} */
  const rows = new Map();
  /** @type {(exchange: Exchange) => boolean} */
  let passes = () => true;
  /** @type {number | null} */
  let chosen = null;

  const empty = h("p", { class: "inspector-empty" }, "Nothing yet. Type /ticket, and see what Slack and the bot say.");
  const element = h("div", {
    class: "inspector-list",
    role: "listbox",
    tabindex: "0",
    "aria-label": "Requests and answers",
    onclick: (/** @type {MouseEvent} */ event) => pick(numberOf(event.target)),
    onkeydown: step,
  });

  function update() {
    const follows = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    const shown = store.exchanges.filter(passes).slice(-MOST);
    const wanted = new Set(shown.map((each) => each.number));
    for (const [number, { row }] of rows) {
      if (wanted.has(number)) continue;
      row.remove();
      rows.delete(number);
    }
    shown.forEach(place);
    if (shown.length) empty.remove();
    else element.append(empty);
    mark();
    if (follows) element.scrollTop = element.scrollHeight;
  }

  /** Puts one where it belongs, drawn anew where it has changed. @param {Exchange} exchange @param {number} at */
  function place(exchange, at) {
    const known = rows.get(exchange.number);
    const row = known?.exchange === exchange ? known.row : draw(exchange);
    if (known && known.row !== row) known.row.replaceWith(row);
    if (element.children[at] !== row) element.insertBefore(row, element.children[at] ?? null);
    rows.set(exchange.number, { exchange, row });
  }

  /** @param {number | null} number */
  function pick(number) {
    const found = number === null ? undefined : rows.get(number);
    if (!found) return;
    chosen = number;
    mark();
    found.row.scrollIntoView({ block: "nearest" });
    choose(found.exchange);
  }

  function mark() {
    const row = chosen === null ? undefined : rows.get(chosen)?.row;
    element.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    row?.setAttribute("aria-selected", "true");
    if (row) element.setAttribute("aria-activedescendant", row.id);
    else element.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  function step(event) {
    const numbers = [...rows.keys()].sort((a, b) => a - b);
    const at = chosen === null ? -1 : numbers.indexOf(chosen);
    const last = numbers.length - 1;
    const down = at < 0 ? last : Math.min(at + 1, last);
    const next = { ArrowDown: down, ArrowUp: at < 0 ? last : Math.max(at - 1, 0), Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    pick(numbers[next] ?? null);
  }

  return {
    element,
    update,
    focus: () => element.focus(),
    /** Shows those that pass. @param {(exchange: Exchange) => boolean} given */
    sift(given) {
      passes = given;
      update();
    },
  };
}

/** @param {EventTarget | null} target */
function numberOf(target) {
  const row = target instanceof Element && target.closest('[role="option"]');
  return row ? Number(row.id.split("-").at(-1)) : null;
}

/** @param {Exchange} exchange */
function draw(exchange) {
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
    h("time", { class: "exchange-at" }, new Date(exchange.at * 1000).toLocaleTimeString([], { hour12: false })),
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
