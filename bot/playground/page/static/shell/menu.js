/** Menus and small panels that open at a button. One is open at a time; Escape and a click elsewhere close it. */

import { focusable, h } from "./dom.js";

/**
 * @typedef {{label: string, choose: () => void, detail?: string, icon?: Node, danger?: boolean,
 *   chosen?: boolean}} Item  `chosen` makes it one of a choice
 * @typedef {{label?: string, items: Item[]}} Group
 * @typedef {Element | {x: number, y: number}} Anchor  an element, or a point of the window
 */

/** @type {(() => void) | undefined} */
let closeOpen;

/** A menu. The focus goes into it, and back where it was. @param {Anchor} anchor @param {string} label
 * @param {Group[]} groups @param {string} [caption] */
export function openMenu(anchor, label, groups, caption) {
  const filled = groups.filter((group) => group.items.length);
  const menu = h(
    "div",
    { class: "menu", role: "menu", "aria-label": label },
    caption && h("div", { class: "menu-caption", role: "presentation" }, caption),
    ...filled.map(renderGroup),
  );
  menu.addEventListener("keydown", (event) => step(menu, event));
  open(anchor, menu);
}

/** A panel with whatever is in it. @param {Anchor} anchor @param {string} label @param {Node} content */
export function openPanel(anchor, label, content) {
  open(anchor, h("div", { class: "menu panel", role: "dialog", "aria-label": label, tabindex: "-1" }, content));
}

export function closeMenu() {
  closeOpen?.();
}

/** @param {Group} group */
function renderGroup({ label, items }) {
  const heading = label && h("div", { class: "menu-heading", role: "presentation" }, label);
  return h("div", { role: "group", "aria-label": label }, heading, ...items.map(renderItem));
}

/** @param {Item} item */
function renderItem({ label, choose, detail, icon, danger, chosen }) {
  const isChoice = chosen !== undefined;
  return h(
    "button",
    {
      type: "button",
      class: danger ? "menu-item danger" : "menu-item",
      role: isChoice ? "menuitemradio" : "menuitem",
      "aria-checked": isChoice ? String(chosen) : null,
      onclick: () => {
        closeMenu();
        choose();
      },
    },
    icon,
    h("span", {}, label),
    detail && h("span", { class: "menu-detail" }, detail),
  );
}

/** @param {Anchor} anchor @param {HTMLElement} popup */
function open(anchor, popup) {
  closeMenu();
  const before = document.activeElement;
  const toggled = anchor instanceof Element && anchor.hasAttribute("aria-haspopup") ? anchor : null;
  const ends = new AbortController();
  closeOpen = () => {
    closeOpen = undefined;
    ends.abort();
    const held = popup.contains(document.activeElement);
    popup.remove();
    toggled?.setAttribute("aria-expanded", "false");
    if (held && before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
  toggled?.setAttribute("aria-expanded", "true");
  document.body.append(popup);
  settle(anchor, popup);
  (focusable(popup)[0] ?? popup).focus({ preventScroll: true });
  watch(popup, ends.signal);
}

/** @param {HTMLElement} popup @param {AbortSignal} signal */
function watch(popup, signal) {
  const outside = (/** @type {Event} */ event) => {
    if (event.target instanceof Node && !popup.contains(event.target)) closeMenu();
  };
  document.addEventListener("pointerdown", outside, { signal, capture: true });
  document.addEventListener("focusin", outside, { signal });
  addEventListener("resize", closeMenu, { signal });
  popup.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    closeMenu();
  });
}

/** Puts it below its anchor, or above where there is more room, and inside the window.
 * @param {Anchor} anchor @param {HTMLElement} popup */
function settle(anchor, popup) {
  const gap = 4;
  const box = anchor instanceof Element ? anchor.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0);
  const { offsetWidth: width, offsetHeight: height } = popup;
  const fitsBelow = box.bottom + gap + height <= innerHeight;
  const top = fitsBelow ? box.bottom + gap : box.top - gap - height;
  const left = box.left + width <= innerWidth ? box.left : box.right - width;
  popup.style.top = `${Math.max(gap, Math.min(top, innerHeight - height - gap))}px`;
  popup.style.left = `${Math.max(gap, Math.min(left, innerWidth - width - gap))}px`;
}

/** The arrow keys, Home and End; Tab leaves. @param {HTMLElement} menu @param {KeyboardEvent} event */
function step(menu, event) {
  const items = focusable(menu);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Tab") closeMenu();
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
}
