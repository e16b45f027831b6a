/** Do Not Disturb: who must not be disturbed, and the menu with which one says so of oneself. */

import { iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { dayAndClock } from "./time.js";
import { sayTrouble } from "./toasts.js";

const PAUSES = [
  ["hour", "Pause for 1 hour"],
  ["morning", "Pause until tomorrow 9:00"],
];

/** @typedef {typeof import("../store.js").store} Store */

/** @param {import("../store.js").Person | undefined} person @param {Date} now */
export function isQuiet(person, now) {
  const [from, until] = person?.quiet ?? [0, 0];
  const seconds = now.getTime() / 1000;
  return from <= seconds && seconds < until;
}

/** The button that opens the menu, for whom this window acts as. @param {Store} store */
export function restButton(store) {
  const me = store.people.get(store.me);
  const label = isQuiet(me, store.now()) ? "Notifications are paused" : "Pause notifications";
  const button = iconButton(icon("moon"), label, {
    "aria-haspopup": "menu",
    onclick: () => openMenu(button, "Notifications", groups(store), caption(store)),
  });
  return button;
}

/** @param {Store} store */
function caption(store) {
  const me = store.people.get(store.me);
  if (!me?.quiet || !isQuiet(me, store.now())) return undefined;
  return `Paused until: ${dayAndClock(String(me.quiet[1]), me.tz, store.now())}`;
}

/** @param {Store} store */
function groups(store) {
  const me = store.people.get(store.me);
  const ask = (/** @type {string} */ action, /** @type {object} */ fields) => async () =>
    sayTrouble(await store.do(action, fields));
  const resume = { label: "Resume notifications", choose: ask("pause", { until: null }) };
  const night = me?.restsAtNight ? "Disturb me at night again" : "Pause every night, 22:00 to 8:00";
  return [
    { items: isQuiet(me, store.now()) ? [resume] : [] },
    { items: PAUSES.map(([until, label]) => ({ label, choose: ask("pause", { until }) })) },
    { items: [{ label: night, choose: ask("restAtNight", { on: !me?.restsAtNight }) }] },
  ];
}
