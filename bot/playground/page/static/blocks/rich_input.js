/** A rich text input: an editor whose content is a rich_text block. */

import { h } from "../shell/dom.js";
import { readRichText } from "./rich_reading.js";
import { renderRichText } from "./rich_text.js";
import { plain } from "./text.js";

/** @typedef {import("./control.js").Control} Control */

const TOOLS = /** @type {const} */ ([
  ["bold", "Bold", "B"],
  ["italic", "Italic", "I"],
  ["strikeThrough", "Strikethrough", "S"],
  ["insertOrderedList", "Ordered list", "1."],
  ["insertUnorderedList", "Bulleted list", "•"],
  ["blockquote", "Quote", "❝"],
]);

/** @param {Control} control */
export function renderRichInput(control) {
  const { placeholder } = control.element;
  const words = placeholder ? plain(placeholder.text) : "";
  const change = () => {
    const value = readRichText(editor);
    room.classList.toggle("b-empty", !value);
    control.change(value);
  };
  const editor = h("div", {
    ...control.naming(words || "Rich text"),
    class: "b-editor b-rich b-text",
    role: "textbox",
    contenteditable: "true",
    "aria-multiline": "true",
    "aria-placeholder": words || null,
    oninput: change,
    onpaste: pasteText,
    onkeydown(/** @type {KeyboardEvent} */ event) {
      const isEnter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
      if (isEnter && control.enter(readRichText(editor))) event.preventDefault();
    },
  });
  const room = h("div", { class: "b-holder b-rich-input", "data-placeholder": words }, toolbar(editor), editor);
  if (control.value) editor.append(...editable(control.value, control.context).childNodes);
  room.classList.toggle("b-empty", !control.value);
  return room;
}

/** @param {HTMLElement} editor */
function toolbar(editor) {
  const tool = (/** @type {typeof TOOLS[number]} */ [command, label, sign]) =>
    h(
      "button",
      {
        type: "button",
        class: `b-tool tool-${command}`,
        "aria-label": label,
        title: label,
        onmousedown: (/** @type {Event} */ event) => event.preventDefault(),
        onclick() {
          editor.focus();
          // The only way in which browsers edit rich text that their own undo knows of
          if (command === "blockquote") document.execCommand("formatBlock", false, command);
          else document.execCommand(command);
        },
      },
      sign,
    );
  return h("div", { class: "b-toolbar", role: "toolbar", "aria-label": "Formatting" }, ...TOOLS.map(tool));
}

/** What is drawn for reading, with mentions and their like as single pieces. @param {any} value
 * @param {import("./index.js").Context} context */
function editable(value, context) {
  const drawn = renderRichText(value, context);
  for (const piece of drawn.querySelectorAll("[data-rich]")) piece.setAttribute("contenteditable", "false");
  return drawn;
}

/** @param {ClipboardEvent} event */
function pasteText(event) {
  event.preventDefault();
  document.execCommand("insertText", false, event.clipboardData?.getData("text/plain") ?? "");
}
