/** What can be done with a message of a list: by pointer, by keyboard and by touch. */

import { zoneOf } from "./context.js";
import { h, iconButton } from "./dom.js";
import { edit, remove } from "./editing.js";
import { emoji, openEmoji, QUICK, spoken } from "./emoji.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { react } from "./message.js";
import { nameOf } from "./people.js";
import { go } from "./place.js";
import { wholeDate } from "./time.js";
import { sayTrouble } from "./toasts.js";

const LONG_PRESS = 500; // milliseconds
const STILL = 10; // pixels that a finger may move meanwhile

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("../store.js").Message} Message
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {import("./menu.js").Anchor} Anchor
 */

/** @param {Store} store @param {Timeline} timeline */
export function mountActions(store, timeline) {
  const { list } = timeline;
  const menu = (/** @type {Element} */ article, /** @type {Anchor} */ anchor) =>
    openMessageMenu(store, timeline, article, anchor);
  showToolbar(store, timeline, menu);
  list.addEventListener("keydown", (event) => keys(event, timeline, menu));
  list.addEventListener("contextmenu", (event) => {
    const article = articleOf(event.target);
    if (!article || isOwnMenu(event.target) || String(getSelection())) return;
    event.preventDefault();
    menu(article, { x: event.clientX, y: event.clientY });
  });
  pressLong(list, menu);
}

/** @param {EventTarget | null} target */
function articleOf(target) {
  return target instanceof Element ? target.closest(".message") : null;
}

/** Whether the browser's own menu is the better one. @param {EventTarget | null} target */
function isOwnMenu(target) {
  return target instanceof Element && target.closest("a, input, textarea, [role=menu]") !== null;
}

/** The arrow keys lead from message to message; Enter and Shift+F10 open the menu.
 * @param {KeyboardEvent} event @param {Timeline} timeline @param {(article: Element, anchor: Anchor) => void} menu */
function keys(event, timeline, menu) {
  const article = articleOf(event.target);
  if (!article || event.target !== article) return;
  const opens = event.key === "Enter" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
  const row = article.parentElement;
  const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[event.key];
  if (opens) menu(article, article.querySelector(".body") ?? article);
  else if (next) timeline.reach(next);
  else return;
  event.preventDefault();
}

/** One toolbar for all messages: it goes to where the pointer or the focus is.
 * @param {Store} store @param {Timeline} timeline @param {(article: Element, anchor: Anchor) => void} menu */
function showToolbar(store, timeline, menu) {
  const { list } = timeline;
  const toolbar = h("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" });
  const appear = (/** @type {Event} */ event) => {
    const article = articleOf(event.target);
    const message = timeline.at(event.target);
    if (!article || !message || toolbar.parentElement === article || article.querySelector(".editor")) return;
    toolbar.replaceChildren(...tools(store, message, () => menu(article, toolbar.lastElementChild ?? article)));
    article.append(toolbar);
  };
  list.addEventListener("mouseover", appear);
  list.addEventListener("focusin", appear);
  list.addEventListener("mouseleave", () => {
    if (!toolbar.parentElement?.contains(document.activeElement)) toolbar.remove();
  });
}

/** @param {Store} store @param {Message} message @param {() => void} more */
function tools(store, message, more) {
  const moreButton = iconButton(icon("more"), "More actions", { "aria-haspopup": "menu", onclick: more });
  if (message.onlyForMe) return [moreButton];
  const quick = QUICK.map((name) =>
    iconButton(emoji(name), `React with ${spoken(name)}`, { onclick: () => react(store, message, name) }),
  );
  return [
    ...quick,
    iconButton(icon("smileAdd"), "Add reaction…", {
      "aria-haspopup": "dialog",
      onclick: (/** @type {Event} */ event) =>
        openEmoji(/** @type {Element} */ (event.currentTarget), (name) => react(store, message, name)),
    }),
    iconButton(icon("reply"), "Reply in thread", { onclick: () => reply(message) }),
    moreButton,
  ];
}

/** @param {Message} message */
function reply(message) {
  go({ channel: message.channel, thread: message.threadTs ?? message.ts });
}

/** @param {Store} store @param {Timeline} timeline @param {Element} article @param {Anchor} anchor */
function openMessageMenu(store, timeline, article, anchor) {
  const message = timeline.at(article);
  if (!message || !(article instanceof HTMLElement)) return;
  const caption = `${nameOf(store.people.get(message.author))} · ${wholeDate(message.ts, zoneOf(store))}`;
  const groups = message.onlyForMe
    ? [{ items: [dismissal(store, message)] }]
    : [
        { items: talk(store, message, anchor) },
        { items: own(store, timeline, message, article) },
        { label: "More message shortcuts", items: shortcuts(store, message) },
      ];
  openMenu(anchor, "Message actions", groups, caption);
}

/** @param {Store} store @param {Message} message @param {Anchor} anchor */
function talk(store, message, anchor) {
  return [
    {
      label: "Add reaction…",
      icon: icon("smileAdd"),
      choose: () => openEmoji(anchor, (name) => react(store, message, name)),
    },
    { label: "Reply in thread", icon: icon("reply"), choose: () => reply(message) },
  ];
}

/** @param {Store} store @param {Timeline} timeline @param {Message} message @param {HTMLElement} article */
function own(store, timeline, message, article) {
  if (message.author !== store.me) return [];
  return [
    { label: "Edit message", icon: icon("pencil"), choose: () => edit(store, timeline, message, article) },
    { label: "Delete message…", icon: icon("trash"), danger: true, choose: () => remove(store, message) },
  ];
}

/** @param {Store} store @param {Message} message */
function shortcuts(store, message) {
  const { channel, ts } = message;
  return store.shortcuts
    .filter((each) => each.kind === "message")
    .map(({ name, callbackId }) => ({
      label: name,
      detail: store.app.name,
      icon: icon("bolt"),
      choose: async () => sayTrouble(await store.do("messageShortcut", { channel, ts, callbackId })),
    }));
}

/** @param {Store} store @param {Message} message */
function dismissal(store, message) {
  return {
    label: "Dismiss message",
    icon: icon("close"),
    choose: async () => sayTrouble(await store.do("delete", { channel: message.channel, ts: message.ts })),
  };
}

/** A finger that rests on a message opens its menu. @param {HTMLElement} list
 * @param {(article: Element, anchor: Anchor) => void} menu */
function pressLong(list, menu) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let start = { x: 0, y: 0 };
  let hasOpened = false;
  const stop = () => clearTimeout(timer);
  list.addEventListener("pointerdown", (event) => {
    const article = articleOf(event.target);
    if (event.pointerType !== "touch" || !article || isOwnMenu(event.target)) return;
    start = { x: event.clientX, y: event.clientY };
    stop();
    hasOpened = false;
    timer = setTimeout(() => {
      hasOpened = true;
      menu(article, start);
    }, LONG_PRESS);
  });
  list.addEventListener("pointermove", (event) => {
    if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > STILL) stop();
  });
  list.addEventListener("touchend", (event) => {
    if (hasOpened) event.preventDefault(); // else the finger's going would click, and close the menu
  });
  for (const end of ["pointerup", "pointercancel"]) list.addEventListener(end, stop);
}
