/**
 * What an element is to the person who uses it: what it holds, and what becomes of a change.
 *
 * @typedef {import("./index.js").Context} Context
 */

import { confirmed } from "./confirm.js";

/** Where an element's value stands in the state, and where its view gives the first one. */
const HOLDING = /** @type {Record<string, [state: string, initial: string]>} */ ({
  plain_text_input: ["value", "initial_value"],
  email_text_input: ["value", "initial_value"],
  url_text_input: ["value", "initial_value"],
  number_input: ["value", "initial_value"],
  rich_text_input: ["rich_text_value", "initial_value"],
  file_input: ["files", ""],
  static_select: ["selected_option", "initial_option"],
  external_select: ["selected_option", "initial_option"],
  users_select: ["selected_user", "initial_user"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  channels_select: ["selected_channel", "initial_channel"],
  multi_static_select: ["selected_options", "initial_options"],
  multi_external_select: ["selected_options", "initial_options"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  radio_buttons: ["selected_option", "initial_option"],
  checkboxes: ["selected_options", "initial_options"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
});

let made = 0;

export class Control {
  /** @param {any} element @param {any} block @param {Context} context */
  constructor(element, block, context) {
    this.element = element;
    this.block = block;
    this.context = context;
    /** For what is labelled, and what describes it. */
    this.id = `control-${++made}`;
    /** What it holds, as in Slack's state; null where it is empty. @type {any} */
    this.value = this.given();
    /** Draws it anew. @type {() => void} */
    this.redraw = () => {};
  }

  get isInput() {
    return this.block.type === "input";
  }

  /** What the context says that it holds. */
  given() {
    const [state, initial] = HOLDING[this.element.type] ?? ["", ""];
    const entry = this.context.values[this.block.block_id]?.[this.element.action_id];
    return filled(entry?.type === this.element.type ? entry[state] : this.element[initial]);
  }

  /** Takes a new value, once the person has confirmed it where the element asks for that. @param {unknown} value */
  async change(value) {
    const { element, context } = this;
    if (element.confirm && !(await confirmed(element.confirm, context))) return this.redraw();
    this.value = filled(value);
    if (this.isInput && context.surface !== "message") context.fill(...this.#names, value);
    else if (!this.isInput || this.#dispatches("on_character_entered")) await context.press(...this.#names, value);
  }

  /** Enter in a text. Whether it was for the bot. @param {unknown} value */
  enter(value) {
    const isHeard = this.isInput && this.#dispatches("on_enter_pressed");
    if (isHeard) this.context.press(...this.#names, value);
    return isHeard;
  }

  /** A button, or a choice in a menu that holds nothing. @param {unknown} [value] */
  async press(value) {
    const { element, context } = this;
    if (element.confirm && !(await confirmed(element.confirm, context))) return;
    await context.press(...this.#names, value);
  }

  /** @param {string} text */
  suggest(text) {
    return this.context.suggest(...this.#names, text);
  }

  /** The attributes of what takes the focus: its name, what describes it, whether it must be filled in.
   * @param {string} name where there is no label */
  naming(name) {
    if (!this.isInput) return { id: this.id, "aria-label": name };
    const required = this.block.optional ? null : "true";
    return { id: this.id, "aria-labelledby": `${this.id}-label`, "aria-required": required };
  }

  /** @returns {[string, string]} */
  get #names() {
    return [this.block.block_id, this.element.action_id];
  }

  /** @param {string} when */
  #dispatches(when) {
    const asked = this.element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
    const isTyped = /_input$/.test(this.element.type);
    return Boolean(this.block.dispatch_action) && (!isTyped || asked.includes(when));
  }
}

/** Nothing, an empty text and an empty list are all the same: null. @param {any} value */
function filled(value) {
  return value === undefined || value === "" || value?.length === 0 ? null : value;
}
