/** Buttons, and the menu behind “⋯”. */

import { h } from "../shell/dom.js";
import { icon } from "./icons.js";
import { renderText } from "./mrkdwn.js";
import { openAt } from "./popup.js";
import { safe } from "./references.js";

/** @typedef {import("./control.js").Control} Control */

/** @param {Control} control */
export function renderButton(control) {
  const { text, url, style = "", accessibility_label: label } = control.element;
  const button = h(
    "button",
    {
      type: "button",
      class: `button b-button ${style}`,
      "aria-label": label,
      async onclick() {
        follow(url);
        button.setAttribute("aria-busy", "true");
        await control.press();
        button.removeAttribute("aria-busy");
      },
    },
    renderText(text, control.context),
  );
  return button;
}

/** @param {Control} control */
export function renderOverflow(control) {
  const { options } = control.element;
  const menu = h("div", { class: "b-popup b-menu", role: "menu", popover: "auto", "aria-label": "More options" });
  menu.append(...options.map((/** @type {any} */ option) => menuItem(option, control, menu)));
  menu.addEventListener("keydown", (event) => step(menu, event));
  const button = h(
    "button",
    {
      type: "button",
      class: "button b-button b-overflow",
      "aria-haspopup": "menu",
      "aria-label": "More options",
      onclick() {
        openAt(button, menu);
        /** @type {HTMLElement} */ (menu.firstElementChild).focus();
      },
    },
    icon("more"),
  );
  return h("div", { class: "b-holder" }, button, menu);
}

/** @param {any} option @param {Control} control @param {HTMLElement} menu */
function menuItem(option, control, menu) {
  const choose = () => {
    menu.hidePopover();
    follow(option.url);
    control.press(option);
  };
  return h(
    "button",
    { type: "button", role: "menuitem", class: "b-option", onclick: choose },
    h("span", {}, renderText(option.text, control.context)),
    option.description && h("span", { class: "b-soft" }, renderText(option.description, control.context)),
  );
}

/** @param {string | undefined} url */
function follow(url) {
  const address = url && safe(url);
  if (address) window.open(address, "_blank", "noopener,noreferrer");
}

/** The arrow keys, Home and End. @param {HTMLElement} menu @param {KeyboardEvent} event */
function step(menu, event) {
  const items = /** @type {HTMLElement[]} */ ([...menu.children]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (event.key === "Escape") event.stopPropagation(); // it closes the menu, and nothing around it
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
}
