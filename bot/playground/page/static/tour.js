/** The first steps: three cards that tick themselves off from what happens, and “Start over”. */

import { confirm } from "./shell/confirm.js";
import { h, iconButton } from "./shell/dom.js";
import { icon } from "./shell/icons.js";
import { sayTrouble } from "./shell/toasts.js";

/** @typedef {typeof import("./store.js").store} Store */
/** @typedef {import("./store.js").Exchange} Exchange */
/** @typedef {{done: string[], since: number, folded: boolean}} State  `since`, in epoch seconds: nothing before counts */

const KEPT = "deskhand-tour";
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
    name: "assign",
    title: "Assign it from the thread",
    text: "This comes with the next version. Until then, see in the inspector (</> above) what Slack and the bot say.",
  },
];

/** Puts the cards into `root`; folded, they are one small button. @param {HTMLElement} root @param {Store} store */
export function mountTour(root, store) {
  let state = load();
  const panel = h("section", { class: "tour", "aria-label": "First steps" });
  root.append(panel);

  /** @param {Partial<State>} change */
  function become(change) {
    state = { ...state, ...change };
    localStorage.setItem(KEPT, JSON.stringify(state));
    draw();
  }

  function draw() {
    const held = panel.contains(document.activeElement);
    panel.classList.toggle("is-folded", state.folded);
    panel.replaceChildren(...(state.folded ? [pill()] : unfolded()));
    if (held) panel.querySelector("button")?.focus();
  }

  function pill() {
    const words = `First steps ${state.done.length}/${CARDS.length}`;
    const unfold = () => become({ folded: false });
    return h("button", { type: "button", class: "tour-pill", "aria-expanded": "false", onclick: unfold }, words);
  }

  function unfolded() {
    const fold = { "aria-expanded": "true", onclick: () => become({ folded: true }) };
    const close = iconButton(icon("close"), "Hide the first steps", fold);
    const again = h("button", { type: "button", class: "small-button", onclick: startOver }, "Start over");
    const next = CARDS.find(({ name }) => !state.done.includes(name));
    const cards = CARDS.map((each) => card(each, state.done.includes(each.name), each === next));
    return [
      h("header", { class: "tour-head" }, h("h2", {}, "First steps"), close),
      h("ol", { class: "tour-cards" }, ...cards),
      h("footer", {}, again),
    ];
  }

  async function startOver() {
    const text = "The tickets and messages of this playground are deleted. What was there at first is there again.";
    if (!(await confirm("Start over?", text, "Start over"))) return;
    const result = await store.do("startOver");
    sayTrouble(result);
    if (result.ok) become({ done: [], since: Date.now() / 1000 });
  }

  const follow = watch(
    (name) => !state.done.includes(name),
    (name) => state.done.includes(name) || become({ done: [...state.done, name] }),
  );
  store.on((changed) => {
    if (changed.has("exchanges")) follow(store.exchanges.filter((each) => each.at >= state.since));
  });
  addEventListener("storage", (event) => {
    if (event.key !== KEPT) return;
    state = load();
    draw();
  });
  draw();
}

/** Only the next step says how. @param {typeof CARDS[number]} about @param {boolean} done @param {boolean} isNext */
function card({ title, text }, done, isNext) {
  const tick = h("span", { class: "tour-tick", role: "img", "aria-label": done ? "Done" : "To do" }, done ? "✓" : "");
  const kind = done ? "tour-card is-done" : "tour-card";
  return h("li", { class: kind }, tick, h("h3", {}, title), isNext && h("p", {}, text));
}

/** @returns {State} */
function load() {
  const first = { done: [], since: 0, folded: innerWidth < 800 };
  try {
    return { ...first, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
  } catch {
    return first;
  }
}

/** What looks at each answered delivery once, and says which card it ticks off.
 * @param {(name: string) => boolean} isOpen @param {(name: string) => void} tick */
function watch(isOpen, tick) {
  /** @type {Set<number>} */
  const seen = new Set();

  /** @param {Exchange[]} exchanges  the oldest first */
  return (exchanges) => {
    let opener = "";
    for (const exchange of exchanges) {
      if (exchange.direction !== "to_bot") continue;
      if (OPENERS.has(exchange.kind)) opener = exchange.kind;
      if (exchange.status !== 200 || seen.has(exchange.number)) continue;
      seen.add(exchange.number);
      if (exchange.kind === "slash_command") tick("command");
      if (exchange.kind === "view_submission" && opener === "message_action" && isOpen("message")) {
        void whole(exchange).then(({ answer }) => answer?.response_action === "errors" || tick("message"));
      }
      if (exchange.kind === "block_actions" && isOpen("assign")) {
        void whole(exchange).then(({ body }) => body?.actions?.some(assigns) && tick("assign"));
      }
    }
  };
}

/** @param {Exchange} exchange @returns {Promise<{body?: any, answer?: any}>} */
async function whole({ number }) {
  return (await fetch(`/page/exchanges/${number}`)).json();
}

/** @param {{action_id: string}} action */
function assigns({ action_id }) {
  return /^assign(?![a-z])/.test(action_id);
}
