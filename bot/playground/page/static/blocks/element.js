/** One element, by its type. */

import { h } from "../shell/dom.js";
import { renderButton, renderOverflow } from "./button.js";
import { renderCheckboxes, renderRadioButtons } from "./choices.js";
import { Control } from "./control.js";
import { renderFileInput } from "./file_input.js";
import { renderDate, renderMoment, renderTime } from "./pickers.js";
import { renderRichInput } from "./rich_input.js";
import { renderSelect } from "./select.js";
import { renderTextInput } from "./text_input.js";

/** @type {Record<string, (control: Control) => HTMLElement>} */
const RENDER = {
  button: renderButton,
  overflow: renderOverflow,
  checkboxes: renderCheckboxes,
  radio_buttons: renderRadioButtons,
  datepicker: renderDate,
  timepicker: renderTime,
  datetimepicker: renderMoment,
  plain_text_input: renderTextInput,
  email_text_input: renderTextInput,
  url_text_input: renderTextInput,
  number_input: renderTextInput,
  rich_text_input: renderRichInput,
  file_input: renderFileInput,
};

/** @type {WeakMap<Element, Control>} */
const controls = new WeakMap();

/** @param {any} element @param {any} block that it stands in @param {import("./index.js").Context} context */
export function renderElement(element, block, context) {
  const control = new Control(element, block, context);
  const render = RENDER[element.type] ?? (/_select$/.test(element.type) ? renderSelect : unknown);
  const draw = () => {
    const node = render(control);
    node.dataset.actionId = element.action_id;
    controls.set(node, control);
    return node;
  };
  let node = draw();
  control.redraw = () => {
    const before = node;
    node = draw();
    before.replaceWith(node);
  };
  return node;
}

/** The control of a drawn element. @param {Element} node as `renderElement` made it */
export function controlOf(node) {
  return /** @type {Control} */ (controls.get(node));
}

/** @param {Control} control */
function unknown({ element }) {
  return h("span", { class: "b-unknown" }, `[${element.type}]`);
}
