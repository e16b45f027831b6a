/** Which exchanges are shown: by direction, by whether they failed, and by words in their kind. */

import { h } from "../shell/dom.js";

/** @typedef {import("../store.js").Exchange} Exchange */

/** Milliseconds that Slack waits for an answer. */
export const PATIENCE = 3000;

/** @type {[string, string, (exchange: Exchange) => boolean][]} */
const CHOICES = [
  ["all", "Everything", () => true],
  ["to", "To the bot", ({ direction }) => direction === "to_bot"],
  ["from", "From the bot", ({ direction }) => direction === "from_bot"],
  ["failed", "Failed", failed],
];

/** Whether it went wrong: an error, no answer, or one that came too late. @param {Exchange} exchange */
export function failed({ direction, status, milliseconds, error }) {
  if (milliseconds === null) return false;
  return error !== null || status === null || status >= 400 || (direction === "to_bot" && milliseconds > PATIENCE);
}

/** The filter's two fields. @param {(passes: (exchange: Exchange) => boolean) => void} changed */
export function createSieve(changed) {
  const words = h("input", {
    type: "search",
    placeholder: "Filter by kind, such as view or chat.",
    "aria-label": "Filter by kind",
    oninput: apply,
  });
  const choice = h(
    "select",
    { "aria-label": "Show", onchange: apply },
    ...CHOICES.map(([value, label]) => h("option", { value }, label)),
  );

  function apply() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const [, , chosen] = CHOICES[choice.selectedIndex];
    changed((exchange) => chosen(exchange) && wanted.every((word) => exchange.kind.toLowerCase().includes(word)));
  }

  const element = h("div", { class: "inspector-sieve", role: "search" }, words, choice);
  return { element, focus: () => words.focus() };
}
