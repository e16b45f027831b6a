/** Light, dark, or as the system wishes; remembered. */

import { iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";

const THEMES = /** @type {const} */ ({ light: "Light", dark: "Dark", system: "System" });

/** @typedef {keyof typeof THEMES} Theme */

/** @returns {Theme} */
function theme() {
  const kept = localStorage.getItem("theme");
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** @param {Theme} wanted */
function wear(wanted) {
  localStorage.setItem("theme", wanted);
  document.documentElement.dataset.theme = wanted;
}

export function themeButton() {
  wear(theme());
  const names = /** @type {Theme[]} */ (Object.keys(THEMES));
  const button = iconButton(icon("theme"), "Theme", {
    "aria-haspopup": "menu",
    onclick: () =>
      openMenu(button, "Theme", [
        { items: names.map((name) => ({ label: THEMES[name], chosen: name === theme(), choose: () => wear(name) })) },
      ]),
  });
  return button;
}
