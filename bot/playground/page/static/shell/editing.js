/** Changing and deleting one's own messages. */

import { confirm } from "./confirm.js";
import { h } from "./dom.js";
import { toTyped } from "./markup.js";
import { sayTrouble } from "./toasts.js";

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("../store.js").Message} Message
 */

/** Puts an editor where the message's words are. @param {Store} store @param {import("./timeline.js").Timeline} timeline
 * @param {Message} message @param {HTMLElement} article */
export function edit(store, timeline, message, article) {
  const before = toTyped(message.text, store.people, store.conversations);
  const input = h("textarea", { "aria-label": "Edit message", rows: Math.min(8, before.split("\n").length + 1) });
  input.value = before;
  const end = () => {
    editor.remove();
    timeline.redraw(message.id);
    article.focus();
  };
  const save = async () => {
    const text = input.value.trim();
    if (text && text !== before) {
      const result = await store.do("edit", { channel: message.channel, ts: message.ts, text });
      sayTrouble(result);
      if (!result.ok) return;
    }
    end();
  };
  const editor = h(
    "div",
    { class: "editor", onkeydown: (/** @type {KeyboardEvent} */ event) => keys(event, save, end) },
    input,
    h(
      "div",
      { class: "editor-buttons" },
      h("button", { type: "button", class: "button", onclick: end }, "Cancel"),
      h("button", { type: "button", class: "button primary", onclick: save }, "Save"),
    ),
  );
  article.querySelector(".content")?.replaceChildren(editor);
  input.focus();
  input.setSelectionRange(before.length, before.length);
}

/** @param {KeyboardEvent} event @param {() => void} save @param {() => void} end */
function keys(event, save, end) {
  event.stopPropagation();
  if (event.key === "Escape") end();
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (!(event.target instanceof HTMLTextAreaElement)) return;
  event.preventDefault();
  save();
}

/** @param {Store} store @param {Message} message */
export async function remove(store, message) {
  const words = "Are you sure you want to delete this message? This cannot be undone.";
  if (!(await confirm("Delete message", words, "Delete"))) return;
  sayTrouble(await store.do("delete", { channel: message.channel, ts: message.ts }));
}
