/** A small set of emoji to choose from. The names are Slack's; what they look like, blocks/ knows. */

import { renderPlain } from "../blocks/index.js";
import { h } from "./dom.js";
import { closeMenu, openPanel } from "./menu.js";

export const QUICK = ["white_check_mark", "eyes", "raised_hands"];

const SET = [
  ...["ticket", "eyes", "white_check_mark", "raised_hands", "+1", "-1", "tada", "heart"],
  ...["joy", "slightly_smiling_face", "thinking_face", "pray", "wave", "rocket", "fire", "100"],
  ...["rotating_light", "warning", "wrench", "hourglass_flowing_sand", "x", "question", "bulb", "memo"],
];

/** @param {string} name without colons */
export function emoji(name) {
  return h("span", { class: "emoji" }, renderPlain(`:${name}:`));
}

/** @param {import("./menu.js").Anchor} anchor @param {(name: string) => void} choose */
export function openEmoji(anchor, choose) {
  const button = (/** @type {string} */ name) =>
    h(
      "button",
      {
        type: "button",
        "aria-label": spoken(name),
        title: `:${name}:`,
        onclick: () => {
          closeMenu();
          choose(name);
        },
      },
      emoji(name),
    );
  openPanel(anchor, "Emoji", h("div", { class: "emoji-grid" }, ...SET.map(button)));
}

/** @param {string} name */
export function spoken(name) {
  return name.replaceAll("_", " ");
}
