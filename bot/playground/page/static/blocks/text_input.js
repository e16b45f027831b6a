/** What is typed: a text of one line or several, a number, an e-mail address, a URL. */

import { h } from "../shell/dom.js";
import { plain } from "./text.js";

const KEYBOARDS = { email_text_input: "email", url_text_input: "url" };

/** @param {import("./control.js").Control} control */
export function renderTextInput(control) {
  const { element } = control;
  const attributes = {
    ...control.naming(plain(element.placeholder?.text ?? "Text")),
    class: "b-field",
    placeholder: element.placeholder && plain(element.placeholder.text),
    autocomplete: "off",
    oninput: () => control.change(field.value),
  };
  const field = element.multiline
    ? h("textarea", { ...attributes, rows: 3 })
    : h("input", { ...attributes, type: "text", inputmode: keyboard(element) });
  field.value = control.value ?? "";
  field.addEventListener("keydown", (/** @type {any} */ event) => {
    const isEnter = event.key === "Enter" && !event.isComposing && !(element.multiline && event.shiftKey);
    if (isEnter && control.enter(field.value)) event.preventDefault();
  });
  return h("div", { class: "b-holder" }, field);
}

/** @param {any} element */
function keyboard({ type, is_decimal_allowed: isDecimal }) {
  if (type === "number_input") return isDecimal ? "decimal" : "numeric";
  return KEYBOARDS[/** @type {keyof typeof KEYBOARDS} */ (type)] ?? null;
}
