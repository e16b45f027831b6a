/** Checkboxes and radio buttons. */

import { h } from "../shell/dom.js";
import { renderText } from "./mrkdwn.js";

/** @typedef {import("./control.js").Control} Control */

/** @param {Control} control */
export function renderCheckboxes(control) {
  const chosen = new Set((control.value ?? []).map((/** @type {any} */ option) => option.value));
  const change = () => {
    const boxes = [...room.querySelectorAll("input")];
    control.change(
      control.element.options.filter((/** @type {any} */ _, /** @type {number} */ at) => boxes[at].checked),
    );
  };
  const room = group(control, "group", "checkbox", (option) => chosen.has(option.value), change);
  return room;
}

/** @param {Control} control */
export function renderRadioButtons(control) {
  const isChosen = (/** @type {any} */ option) => control.value?.value === option.value;
  return group(control, "radiogroup", "radio", isChosen, (option) => control.change(option));
}

/** @param {Control} control @param {string} role @param {"checkbox" | "radio"} type
 * @param {(option: any) => boolean} isChosen @param {(option: any) => void} change */
function group(control, role, type, isChosen, change) {
  const { context, element, id } = control;
  const choice = (/** @type {any} */ option) =>
    h(
      "label",
      { class: "b-choice" },
      h("input", { type, name: id, checked: isChosen(option), onchange: () => change(option) }),
      h(
        "span",
        {},
        renderText(option.text, context),
        option.description && h("span", { class: "b-soft" }, renderText(option.description, context)),
      ),
    );
  const naming = { ...control.naming("Options"), "aria-required": null };
  return h("div", { class: "b-choices", role, ...naming }, ...element.options.map(choice));
}
