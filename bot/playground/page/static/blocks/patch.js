/** Brings drawn blocks up to date in place: what has not changed stays, with its focus, its caret and what is typed. */

import { canStay, refresh, renderBlock } from "./block.js";
import { controlOf } from "./element.js";
import { focusable } from "../shell/dom.js";

/** @typedef {import("./index.js").Context} Context */

/** Makes a room show the blocks. `isNewer` tells of a block whose input here is ahead of the context's value.
 * @param {HTMLElement} room @param {any[]} blocks @param {Context} context @param {(blockId: string) => boolean} isNewer */
export function patchBlocks(room, blocks, context, isNewer) {
  const place = focusedIn(room);
  const before = new Map(/** @type {HTMLElement[]} */ ([...room.children]).map((each) => [each.dataset.blockId, each]));
  const now = blocks.map((block) => {
    const known = before.get(block.block_id);
    return known && canStay(known, block) ? stay(known, block, context, isNewer) : renderBlock(block, context);
  });
  const kept = new Set(now);
  for (const each of [...room.children]) if (!kept.has(each)) each.remove();
  now.forEach((each, at) => {
    // Only what is not at its place is moved, since a move takes the focus away
    if (room.children[at] !== each) room.insertBefore(each, room.children[at] ?? null);
  });
  if (place && !room.contains(document.activeElement)) place.restore();
}

/** @param {HTMLElement} element @param {any} block @param {Context} context @param {(blockId: string) => boolean} isNewer */
function stay(element, block, context, isNewer) {
  for (const node of element.querySelectorAll("[data-action-id]")) {
    const control = controlOf(node);
    control.context = context;
    const given = control.given();
    const isBehind = JSON.stringify(given) !== JSON.stringify(control.value);
    if (!isBehind || isNewer(block.block_id) || isTyping(node)) continue;
    control.value = given;
    control.redraw();
  }
  refresh(element, block, context);
  return element;
}

/** @param {Element} node */
function isTyping(node) {
  return (
    node.contains(document.activeElement) &&
    Boolean(document.activeElement?.matches("input, textarea, [contenteditable]"))
  );
}

/** Where the focus is, by its block and action, with the caret and what is typed. @param {HTMLElement} room */
function focusedIn(room) {
  const held = document.activeElement;
  const action = held && room.contains(held) && held.closest("[data-action-id]");
  const block = action && action.closest("[data-block-id]");
  if (!action || !block) return null;
  const path = `[data-block-id="${CSS.escape(dataOf(block, "blockId"))}"]`;
  const names = `[data-action-id="${CSS.escape(dataOf(action, "actionId"))}"]`;
  const typed = isText(held) ? { value: held.value, start: held.selectionStart, end: held.selectionEnd } : null;
  return {
    restore() {
      const found = room.querySelector(`${path} ${names}, ${path}${names}`);
      const target = found && (found.matches("button") ? /** @type {HTMLElement} */ (found) : focusable(found)[0]);
      target?.focus({ preventScroll: true });
      if (typed && target && isText(target)) retype(target, typed);
    },
  };
}

/** @param {Element} element @param {string} name */
function dataOf(element, name) {
  return /** @type {HTMLElement} */ (element).dataset[name] ?? "";
}

/** @param {Element | null} element @returns {element is HTMLInputElement | HTMLTextAreaElement} */
function isText(element) {
  return Boolean(element?.matches("input.b-field[type=text], textarea"));
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field
 * @param {{value: string, start: number | null, end: number | null}} typed */
function retype(field, { value, start, end }) {
  field.value = value;
  field.setSelectionRange(start, end);
}
