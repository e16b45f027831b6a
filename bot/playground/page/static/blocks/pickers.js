/** Dates, times, and moments in the viewer's zone. The calendar is the browser's own. */

import { h } from "../shell/dom.js";
import { plain } from "./text.js";
import { toLocal, toSeconds } from "./zone.js";

/** @typedef {import("./control.js").Control} Control */

/** @param {Control} control */
export function renderDate(control) {
  return picker(control, "date", "Select a date", control.value, (typed) => typed);
}

/** @param {Control} control */
export function renderTime(control) {
  return picker(control, "time", "Select a time", control.value, (typed) => typed.slice(0, 5));
}

/** @param {Control} control */
export function renderMoment(control) {
  const { zone } = control.context;
  const shown = control.value && toLocal(control.value, zone);
  return picker(control, "datetime-local", "Select a date and time", shown, (typed) => toSeconds(typed, zone));
}

/** @param {Control} control @param {string} type @param {string} prompt @param {string | null} value
 * @param {(typed: string) => unknown} read */
function picker(control, type, prompt, value, read) {
  const { placeholder } = control.element;
  const words = placeholder ? plain(placeholder.text) : prompt;
  const field = h("input", {
    ...control.naming(words),
    type,
    class: "b-field",
    max: type === "time" ? null : type === "date" ? "9999-12-31" : "9999-12-31T23:59",
    onchange() {
      holder.classList.toggle("b-empty", !field.value);
      control.change(field.value ? read(field.value) : null);
    },
  });
  field.value = value ?? "";
  const holder = h("div", { class: `b-holder b-picker b-picker-${type}`, "data-placeholder": words }, field);
  holder.classList.toggle("b-empty", !field.value);
  return holder;
}
