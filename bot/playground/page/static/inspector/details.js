/** One exchange in full: the blocks in it drawn, payload, answer and headers; copied as curl, or sent again. */

import { h, iconButton } from "../shell/dom.js";
import { icon } from "../shell/icons.js";
import { sayTrouble, toast } from "../shell/toasts.js";
import { drawBlocks } from "./drawn.js";
import { jsonTree } from "./json.js";
import { statusOf, timeOf } from "./list.js";

/** @typedef {typeof import("../store.js").store} Store */
/** @typedef {import("../store.js").Exchange} Exchange */
/** @typedef {Exchange & {path: string, headers: Record<string, string>, body: unknown, answer: unknown,
 *   curl: string | null}} Whole */

/** @param {Store} store @param {() => void} closed */
export function createDetails(store, closed) {
  const element = h("article", { class: "inspector-details", "aria-label": "Details", tabindex: "-1", hidden: true });
  /** @type {Exchange | null} */
  let shown = null;

  /** @param {Exchange} exchange */
  async function show(exchange) {
    shown = exchange;
    const response = await fetch(`/page/exchanges/${exchange.number}`);
    const whole = await response.json();
    if (shown !== exchange) return;
    const content = response.ok ? draw(store, whole, leave) : [h("p", {}, whole.trouble)];
    element.replaceChildren(...content);
    element.hidden = false;
  }

  function close() {
    shown = null;
    element.hidden = true;
  }

  function leave() {
    close();
    closed();
  }

  /** Draws it again where it has been answered since. */
  function update() {
    const now = shown && store.exchanges.findLast((each) => each.number === shown?.number);
    if (now && now !== shown) void show(now);
  }

  return { element, show, close, update };
}

/** @param {Store} store @param {Whole} whole @param {() => void} close */
function draw(store, whole, close) {
  const blocks = drawBlocks(store, whole);
  return [
    h(
      "header",
      { class: "details-head" },
      h("h3", {}, whole.kind),
      h("span", { class: "details-result" }, `${statusOf(whole)} ${timeOf(whole)}`),
      whole.curl !== null && copyButton(whole.curl),
      whole.direction === "to_bot" && againButton(store, whole),
      iconButton(icon("close"), "Close the details", { onclick: close }),
    ),
    h("p", { class: "details-path" }, whole.path),
    ...(blocks ? [part("Blocks", blocks, true)] : []),
    part("Payload", jsonTree(whole.body), true),
    part("Answer", jsonTree(whole.answer), true),
    part("Headers", jsonTree(whole.headers), false),
  ].filter((each) => each);
}

/** @param {string} name @param {Node} content @param {boolean} open */
function part(name, content, open) {
  return h("details", { class: "details-part", open }, h("summary", {}, name), content);
}

/** @param {string} curl */
function copyButton(curl) {
  const button = h("button", { type: "button", class: "small-button", onclick: copy }, "Copy as curl");
  async function copy() {
    try {
      await navigator.clipboard.writeText(curl);
      button.textContent = "Copied";
    } catch {
      toast("The browser did not let the page copy. Open it at http://127.0.0.1 or http://localhost.");
    }
  }
  return button;
}

/** @param {Store} store @param {Whole} whole */
function againButton(store, whole) {
  const send = async () => sayTrouble(await store.do("replay", { number: whole.number }));
  const title = "Sends the bot the same payload, signed anew";
  return h("button", { type: "button", class: "small-button", title, onclick: send }, "Send again");
}
