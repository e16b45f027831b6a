/** The person's modals: the topmost of the stack in a dialog, those beneath kept as they were left. */

import { icon } from "./blocks/icons.js";
import { patchBlocks, renderPlain } from "./blocks/index.js";
import { ModalDraft } from "./modal_draft.js";
import { focusable, h, iconButton, present } from "./shell/dom.js";

/** @typedef {typeof import("./store.js").store} Store */
/** @typedef {import("./store.js").View} View */

const TOLD = 300; // milliseconds, within which the news of what a submission did has come
const INPUTS =
  ".block-input input:not([hidden]), .block-input textarea, .block-input [contenteditable], .block-input button";

/** Keeps the dialog in step with the store's modals. @param {Store} store */
export function mountModals(store) {
  const layer = new Layer(store);
  store.on((changed) => {
    if (changed.has("modals")) layer.show(store.modals);
  });
  layer.show(store.modals);
}

class Layer {
  /** @type {Map<string, Panel>} by view id */
  #panels = new Map();
  /** @type {Panel | undefined} */
  #top;
  /** @type {() => void} */
  #refocus = () => {};

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.dialog = h("dialog", {
      class: "modal",
      oncancel: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.#top?.close();
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        keepFocusInside(event);
        if (event.key !== "Escape") return;
        event.preventDefault();
        this.#top?.close();
      },
    });
  }

  /** @param {View[]} views the topmost last */
  show(views) {
    const ids = new Set(views.map(({ id }) => id));
    for (const [id, panel] of this.#panels) if (!ids.has(id)) this.#remove(panel);
    for (const view of views) this.#panel(view).update(view);
    const top = views.length ? this.#panels.get(views[views.length - 1].id) : undefined;
    if (top === this.#top) return;
    this.#top = top;
    for (const panel of this.#panels.values()) panel.element.hidden = panel !== top;
    if (top) this.#bring(top);
    else this.#close();
  }

  /** @param {View} view */
  #panel(view) {
    const known = this.#panels.get(view.id) ?? new Panel(view, this.store);
    this.#panels.set(view.id, known);
    if (!known.element.isConnected) this.dialog.append(known.element);
    return known;
  }

  /** @param {Panel} panel */
  #remove(panel) {
    panel.element.remove();
    this.#panels.delete(panel.view.id);
  }

  /** @param {Panel} top */
  #bring(top) {
    this.dialog.setAttribute("aria-labelledby", top.titleId);
    if (!this.dialog.open) {
      this.#refocus = rememberFocus();
      document.body.append(this.dialog);
      this.dialog.showModal();
    }
    top.focus();
  }

  #close() {
    this.dialog.close();
    this.dialog.remove();
    this.#refocus();
  }
}

class Panel {
  #trouble = h("p", { class: "modal-trouble", role: "alert", hidden: true });
  #title = h("h1", {});
  #body = h("div", { class: "modal-body" });
  #footer = h("footer");
  #head = h("header");
  #isPending = false;
  /** Where the focus was when another view came on top. @type {Element | null} */
  #held = null;

  /** @param {View} view @param {Store} store */
  constructor(view, store) {
    this.view = view;
    this.store = store;
    this.titleId = `${view.id}-title`;
    this.#title.id = this.titleId;
    this.draft = new ModalDraft(store, view, (words) => this.#say(words));
    const rest = [this.#head, this.#trouble, this.#body, this.#footer];
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    this.element = h("form", { class: "modal-view", novalidate: true, onsubmit }, ...rest);
    this.#body.addEventListener("focusin", (event) => (this.#held = /** @type {Element} */ (event.target)));
    this.#frame();
  }

  /** @param {View} view */
  update(view) {
    if (view === this.view && this.#body.childElementCount) return;
    const isNew = view.hash !== this.view.hash;
    this.view = this.draft.view = view;
    if (isNew) this.#frame();
    this.#say(view.trouble);
    this.#draw();
  }

  /** Puts the focus where it was or, at first, into the first input. */
  focus() {
    const first = this.#held?.isConnected ? this.#held : this.#first();
    /** @type {HTMLElement} */ (first).focus();
  }

  async submit() {
    const { submit, submit_disabled: isOff } = this.view.content;
    if (this.#isPending || !submit || isOff) return;
    this.#pend(true);
    await this.draft.flush();
    const result = await this.store.do("submit", { view: this.view.id });
    if (!result.ok) this.#say(result.trouble ?? null);
    if (result.errors) this.#mark(result.errors);
    // Where it worked, the button stays as it is until the news is here: a second click sends no second ticket
    setTimeout(() => this.#pend(false), result.ok && !result.errors ? TOLD : 0);
  }

  /** @param {boolean} [all] the whole stack */
  async close(all = false) {
    const result = await this.store.do("close", { view: this.view.id, all });
    if (!result.ok) this.#say(result.trouble ?? null);
  }

  /** The title and the buttons. */
  #frame() {
    const { content, previousId } = this.view;
    this.#title.replaceChildren(renderPlain(content.title.text));
    const back = iconButton(icon("back"), "Back", { onclick: () => this.close() });
    const cross = iconButton(icon("close"), "Close", { onclick: () => this.close(true) });
    this.#head.replaceChildren(...present([previousId && back, this.#title, cross]));
    const words = (/** @type {any} */ text, /** @type {string} */ other) => renderPlain(text?.text ?? other);
    const close = h(
      "button",
      { type: "button", class: "button", onclick: () => this.close() },
      words(content.close, "Cancel"),
    );
    const submit =
      content.submit && h("button", { type: "submit", class: "button primary" }, words(content.submit, ""));
    this.#footer.replaceChildren(...present([close, submit]));
    this.#pend(false);
  }

  #draw() {
    const { view, draft } = this;
    patchBlocks(this.#body, view.content.blocks, draft.context, (blockId) => draft.isAhead(blockId));
    // What has nothing to stop at is a stop itself, so that the keys scroll it
    if (focusable(this.#body).length) this.#body.removeAttribute("tabindex");
    else this.#body.tabIndex = 0;
  }

  /** Shows what is wrong, and goes to the first of it. @param {Record<string, string>} errors */
  #mark(errors) {
    this.view = this.draft.view = { ...this.view, errors };
    this.#draw();
    const wrong = this.#body.querySelector(".block-input.wrong");
    wrong?.scrollIntoView({ block: "nearest" });
    if (wrong) focusable(wrong)[0]?.focus();
  }

  /** @param {string | null} words */
  #say(words) {
    this.#trouble.textContent = words ?? "";
    this.#trouble.hidden = !words;
  }

  /** @param {boolean} isPending */
  #pend(isPending) {
    this.#isPending = isPending;
    this.element.setAttribute("aria-busy", String(isPending));
    const submit = this.#footer.querySelector("[type=submit]");
    submit?.setAttribute("aria-disabled", String(isPending || Boolean(this.view.content.submit_disabled)));
  }

  #first() {
    const wanted = this.view.content.blocks.find((/** @type {any} */ block) => block.element?.focus_on_load)?.block_id;
    const block =
      wanted && [...this.#body.children].find((each) => /** @type {HTMLElement} */ (each).dataset.blockId === wanted);
    const input = block ? focusable(block)[0] : this.#body.querySelector(INPUTS);
    return input ?? focusable(this.#footer).at(-1) ?? this.element;
  }
}

/** Tab goes round inside. @param {KeyboardEvent} event */
function keepFocusInside(event) {
  if (event.key !== "Tab") return;
  const dialog = /** @type {HTMLElement} */ (event.currentTarget);
  const inside = focusable(dialog).filter((each) => each.checkVisibility());
  const [first, last] = [inside[0], inside[inside.length - 1]];
  const [edge, other] = event.shiftKey ? [first, last] : [last, first];
  if (document.activeElement !== edge) return;
  event.preventDefault();
  other.focus();
}

/** What takes the focus back to where it is now: the same element or, where a message has been drawn anew since,
 * what stands in its place. */
function rememberFocus() {
  const held = /** @type {HTMLElement | null} */ (document.activeElement);
  const row = /** @type {HTMLElement | null | undefined} */ (held?.closest("[data-id]"));
  const action = /** @type {HTMLElement | null | undefined} */ (held?.closest("[data-action-id]"))?.dataset.actionId;
  return () => {
    const place = row && document.querySelector(`[data-id="${CSS.escape(row.dataset.id ?? "")}"]`);
    const again = action && place?.querySelector(`[data-action-id="${CSS.escape(action)}"]`);
    const target = held?.isConnected ? held : (again ?? place?.querySelector("[tabindex]"));
    /** @type {HTMLElement | undefined | null} */ (target)?.focus({ preventScroll: true });
  };
}
