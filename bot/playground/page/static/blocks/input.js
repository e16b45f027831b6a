/** The input block: an element with its label above and its hint and error below. */

import { h } from "../shell/dom.js";
import { controlOf, renderElement } from "./element.js";
import { icon } from "./icons.js";
import { renderText } from "./mrkdwn.js";
import { clean } from "./text.js";

/** @typedef {import("./index.js").Context} Context */

/** @param {any} block @param {Context} context */
export function renderInput(block, context) {
  const element = renderElement(block.element, block, context);
  const control = controlOf(element);
  const { id, redraw } = control;
  const room = h(
    "div",
    { class: "b-input" },
    h("label", { class: "b-label", id: `${id}-label`, for: id }),
    element,
    h("div", { class: "b-error", id: `${id}-error` }),
    h("div", { class: "b-hint", id: `${id}-hint` }),
  );
  control.redraw = () => {
    redraw();
    dress(room, control.block, context);
  };
  dress(room, block, context);
  return room;
}

/** Writes the label, the hint and the error of an input. @param {HTMLElement} room as `renderInput` made it
 * @param {any} block @param {Context} context */
export function dress(room, block, context) {
  const [label, element, error, hint] = /** @type {HTMLElement[]} */ ([...room.children]);
  const words = context.errors[block.block_id];
  label.replaceChildren(renderText(block.label, context));
  if (block.optional) label.append(h("span", { class: "b-optional" }, " (optional)"));
  write(error, words ? [icon("error"), h("span", {}, clean(words))] : []);
  write(hint, block.hint ? [renderText(block.hint, context)] : []);
  room.classList.toggle("wrong", Boolean(words));
  const control = controlOf(element);
  control.block = block;
  describe(room, control.id, Boolean(words), Boolean(block.hint));
}

/** @param {HTMLElement} place @param {Node[]} content */
function write(place, content) {
  place.replaceChildren(...content);
  place.hidden = content.length === 0;
}

/** @param {HTMLElement} room @param {string} id @param {boolean} isWrong @param {boolean} hasHint */
function describe(room, id, isWrong, hasHint) {
  const target = room.querySelector(`#${id}`);
  const descriptions = [isWrong && `${id}-error`, hasHint && `${id}-hint`].filter(Boolean).join(" ");
  for (const [name, value] of Object.entries({ "aria-invalid": isWrong && "true", "aria-describedby": descriptions })) {
    if (value) target?.setAttribute(name, value);
    else target?.removeAttribute(name);
  }
}
