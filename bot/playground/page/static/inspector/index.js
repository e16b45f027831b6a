/**
 * The inspector: every request and answer between Slack and the bot, live, what can go wrong between them, and the time,
 * which can be moved.
 *
 * It opens and closes with any button that has `data-opens="inspector"`, whose aria-expanded it keeps.
 */

import { h, iconButton } from "../shell/dom.js";
import { icon } from "../shell/icons.js";
import { createDetails } from "./details.js";
import { createFaults } from "./faults.js";
import { ExchangeList } from "./list.js";
import { createSieve } from "./sieve.js";
import { createTime } from "./time.js";

/** @typedef {typeof import("../store.js").store} Store */

/** Puts the inspector, closed, into `root`. @param {HTMLElement} root @param {Store} store */
export function mountInspector(root, store) {
  const faults = createFaults(store);
  const time = createTime(store);
  const details = createDetails(store, () => list.focus());
  const list = new ExchangeList(store, (exchange) => void details.show(exchange));
  const sieve = createSieve((passes) => list.sift(passes));
  const close = iconButton(icon("close"), "Close the inspector", { onclick: () => open(false) });
  const panel = h(
    "section",
    { class: "inspector", id: "inspector-panel", "aria-label": "Inspector", hidden: true },
    h("header", { class: "inspector-head" }, h("h2", {}, "Inspector"), sieve.element, faults.switches, close),
    time.element,
    h("div", { class: "inspector-body" }, list.element, details.element),
  );
  root.append(faults.warning, panel);

  /** @type {Element | null} */
  let opener = null;

  /** @param {boolean} wanted */
  function open(wanted) {
    panel.hidden = !wanted;
    document.documentElement.classList.toggle("is-inspecting", wanted);
    for (const button of openers()) button.setAttribute("aria-expanded", String(wanted));
    if (wanted) {
      list.update();
      sieve.focus();
    } else if (opener instanceof HTMLElement) {
      opener.focus();
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest(OPENS);
    if (!button) return;
    opener = button;
    open(panel.hidden);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    open(false);
  });
  store.on((changed) => {
    if (changed.has("faults")) faults.update();
    if (changed.has("me")) details.close();
    if (changed.has("time") || changed.has("me")) time.update();
    if (changed.has("exchanges") && !panel.hidden) {
      list.update();
      details.update();
    }
  });
  faults.update();
  time.update();
}

const OPENS = '[data-opens="inspector"]';

function openers() {
  return document.querySelectorAll(OPENS);
}
