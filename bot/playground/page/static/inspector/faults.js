/** The switches for what can go wrong, and the warning that stands over the page while something does. */

import { h } from "../shell/dom.js";
import { sayTrouble } from "../shell/toasts.js";

const KINDS = [
  ["slow", "Slack slow", "Slack takes two seconds to answer the bot"],
  ["down", "Slack down", "Slack answers the bot with HTTP 500"],
  ["429", "429", "Slack tells the bot that it calls too often"],
  ["twice", "Deliver twice", "Slack sends the bot everything twice"],
];

/** @param {typeof import("../store.js").store} store */
export function createFaults(store) {
  /** @param {string} kind */
  const isOn = (kind) => store.faults.some(({ id }) => id === `${kind}:*`);
  const buttons = KINDS.map(([kind, label, title]) =>
    h(
      "button",
      {
        type: "button",
        class: "fault-switch",
        role: "switch",
        title,
        "data-kind": kind,
        onclick: async () => sayTrouble(await store.do("fault", { method: "*", kind, on: !isOn(kind) })),
      },
      label,
    ),
  );
  const words = h("span", {});
  const end = async () => sayTrouble(await store.do("clearFaults"));
  const clear = h("button", { type: "button", class: "small-button", onclick: end }, "End it");
  const warning = h("div", { class: "fault-warning", role: "status", hidden: true }, words, clear);

  return {
    switches: h("div", { class: "fault-switches", role: "group", "aria-label": "What goes wrong" }, ...buttons),
    warning,
    update() {
      for (const button of buttons) button.setAttribute("aria-checked", String(isOn(button.dataset.kind ?? "")));
      words.textContent = `⚠ ${store.faults.map(({ label }) => label).join(" · ")}`;
      warning.hidden = !store.faults.length;
    },
  };
}
