/** What time it is in the workspace, for the person of this window, and the buttons that move it. */

import { zoneOf } from "../shell/context.js";
import { h } from "../shell/dom.js";
import { wholeDate } from "../shell/time.js";
import { sayTrouble } from "../shell/toasts.js";

const MOVES = [
  ["hour", "+1 h"],
  ["morning", "Tomorrow 9:00"],
  ["week", "+1 week"],
];
const TICK = 1000; // milliseconds

/** @param {typeof import("../store.js").store} store */
export function createTime(store) {
  const words = h("time", {});
  const update = () => {
    const zone = zoneOf(store);
    words.textContent = `${wholeDate(String(store.now().getTime() / 1000), zone)} in ${zone}`;
  };
  const buttons = MOVES.map(([move, label]) => {
    const onclick = async () => sayTrouble(await store.do("moveTime", { move }));
    return h("button", { type: "button", class: "small-button", onclick }, label);
  });
  setInterval(update, TICK);
  return { element: h("div", { class: "inspector-time", role: "group", "aria-label": "Time" }, words, ...buttons), update };
}
