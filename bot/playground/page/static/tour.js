/** The first steps: four cards that tick themselves off from what happens, and “Start over”. */

import { confirm } from "./shell/confirm.js";
import { h, iconButton } from "./shell/dom.js";
import { icon } from "./shell/icons.js";
import { sayTrouble } from "./shell/toasts.js";

/** @typedef {typeof import("./store.js").store} Store */
/** @typedef {import("./store.js").Exchange} Exchange */
/**
 * @typedef {{done: string[], since: number, ahead: number, folded: boolean}} State  what was before `since` (epoch seconds)
 *   counts not, nor how far the time had been moved by then: `ahead` seconds
 */

const KEPT = "deskhand-tour";
const BELOW = 30; // pixels between it and what stands below the lists
const OPENERS = new Set(["slash_command", "message_action", "shortcut"]);
const CARDS = [
  {
    name: "command",
    title: "Type /ticket",
    text: "“/ticket Printer down customer:acme site:hq type:break_fix”. Without words, it opens a form.",
  },
  {
    name: "message",
    title: "Turn a message into a ticket",
    text: "Point at a message, open its ⋮ menu and choose “Create ticket”.",
  },
  {
    name: "mention",
    title: "Take it in its thread",
    text: "Open the thread below the message and write “@Deskhand take”. Slash commands do not work in threads: a mention does.",
  },
  {
    name: "time",
    title: "Let an hour pass",
    text: "“/ticket Lift stuck site:harbor-tower type:break_fix queue:facilities !critical”. Then “+1 h” in the inspector (</>): nobody took it, and whoever is on call hears of it.",
  },
];

/** Puts the cards into `root`; folded, they are one small button. They are about the first workspace. @param {HTMLElement} root @param {Store} store */
export function mountTour(root, store) {
  if (!store.isFirst) return;
  const tour = new Tour(store);
  root.append(tour.element);
  store.on((changed) => {
    if (changed.has("exchanges")) tour.follow();
    if (changed.has("time")) tour.look();
  });
  addEventListener("storage", ({ key }) => key === KEPT && tour.become(load()));
}

class Tour {
  #store;
  #state = load();
  /** The deliveries that have been looked at. @type {Set<string>} */
  #seen = new Set();
  element = h("section", { class: "tour", "aria-label": "First steps" });

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.#draw();
    // The lists of the sidebar end above it, so that it hides none of them.
    new ResizeObserver(() => {
      const height = this.element.offsetHeight; // 0 where it is hidden
      document.body.style.setProperty("--tour-room", `${height && height + BELOW}px`);
    }).observe(this.element);
  }

  /** @param {Partial<State>} change */
  become(change) {
    this.#state = { ...this.#state, ...change };
    localStorage.setItem(KEPT, JSON.stringify(this.#state));
    this.#draw();
  }

  /** Ticks off what the answered deliveries show. */
  follow() {
    let [opener, hasForm] = ["", false];
    for (const exchange of this.#store.exchanges) {
      if (exchange.at < this.#state.since) continue;
      if (OPENERS.has(exchange.kind)) [opener, hasForm] = [exchange.kind, false];
      if (exchange.kind === "views.open") hasForm = true;
      const name = `${exchange.at}/${exchange.number}`; // numbers begin anew with the playground
      if (exchange.status !== 200 || exchange.error || this.#seen.has(name)) continue;
      this.#seen.add(name);
      void this.#look(exchange, opener, hasForm);
    }
  }

  /** Ticks off that the time was moved. */
  look() {
    const { ahead } = this.#store;
    if (ahead && ahead !== this.#state.ahead) this.#tick("time");
  }

  /** @param {Exchange} exchange @param {string} opener  what came last of those that open forms
   * @param {boolean} hasForm  whether it has opened one: where nothing is missing, a ticket needs none */
  async #look(exchange, opener, hasForm) {
    const { kind } = exchange;
    const makesTicket = kind === "view_submission" || (kind === "chat.postMessage" && !hasForm);
    if (kind === "slash_command") {
      this.#tick("command");
    } else if (makesTicket && opener === "message_action" && this.#isOpen("message")) {
      if ((await whole(exchange)).answer?.response_action !== "errors") this.#tick("message");
    } else if (kind === "app_mention" && this.#isOpen("mention")) {
      if (isOrder((await whole(exchange)).body?.event)) this.#tick("mention");
    }
  }

  /** @param {string} name */
  #isOpen(name) {
    return !this.#state.done.includes(name);
  }

  /** @param {string} name */
  #tick(name) {
    if (this.#isOpen(name)) this.become({ done: [...this.#state.done, name] });
  }

  #draw() {
    const { folded } = this.#state;
    const held = this.element.contains(document.activeElement);
    this.element.classList.toggle("is-folded", folded);
    this.element.replaceChildren(...(folded ? [this.#pill()] : this.#cards()));
    if (held) this.element.querySelector("button")?.focus();
  }

  #pill() {
    const unfold = { "aria-expanded": "false", onclick: () => this.become({ folded: false }) };
    const done = CARDS.filter(({ name }) => !this.#isOpen(name)); // an earlier page may have had other cards
    const words = `First steps ${done.length}/${CARDS.length}`;
    return h("button", { type: "button", class: "tour-pill", ...unfold }, words);
  }

  #cards() {
    const fold = { "aria-expanded": "true", onclick: () => this.become({ folded: true }) };
    const startOver = { type: "button", class: "small-button", onclick: () => this.#startOver() };
    const next = CARDS.find(({ name }) => this.#isOpen(name));
    const close = iconButton(icon("close"), "Hide the first steps", fold);
    return [
      h("header", { class: "tour-head" }, h("h2", {}, "First steps"), close),
      h("ol", { class: "tour-cards" }, ...CARDS.map((each) => card(each, !this.#isOpen(each.name), each === next))),
      h("footer", {}, h("button", startOver, "Start over")),
    ];
  }

  async #startOver() {
    const text = "The tickets and messages of this playground are deleted. What was there at first is there again.";
    if (!(await confirm("Start over?", text, "Start over"))) return;
    const result = await this.#store.do("startOver");
    sayTrouble(result);
    if (result.ok) this.become({ done: [], since: this.#store.now().getTime() / 1000, ahead: this.#store.ahead });
  }
}

/** Only the next step says how. @param {typeof CARDS[number]} about @param {boolean} done @param {boolean} isNext */
function card({ title, text }, done, isNext) {
  const tick = h("span", { class: "tour-tick", role: "img", "aria-label": done ? "Done" : "To do" }, done ? "✓" : "");
  const kind = done ? "tour-card is-done" : "tour-card";
  return h("li", { class: kind }, tick, h("h3", {}, title), isNext && h("p", {}, text));
}

/** @returns {State} */
function load() {
  const first = { done: [], since: 0, ahead: 0, folded: innerWidth < 800 };
  try {
    return { ...first, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
  } catch {
    return first;
  }
}

/** @param {Exchange} exchange @returns {Promise<{body?: any, answer?: any}>} */
async function whole({ number }) {
  return (await fetch(`/page/exchanges/${number}`)).json();
}

/** What is said to the app in a thread. @param {{text: string, thread_ts?: string}} [event] */
function isOrder(event) {
  return event?.thread_ts !== undefined && /^\s*<@\w+>\s*\S/.test(event.text);
}
