/** The few words in which the page's own elements are written. Text goes in as text. */

/**
 * An element. Attributes that are null, undefined or false are left out; functions are listeners, such as `onclick`.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...present(children));
  return element;
}

/** Those children that are there. @param {(Node | string | null | undefined | false)[]} children */
export function present(children) {
  return /** @type {(Node | string)[]} */ (children.filter((each) => each));
}

/** A button that shows an icon only. @param {Node} icon @param {string} label @param {Record<string, any>} more */
export function iconButton(icon, label, more) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...more }, icon);
}

/** Words for screen readers alone. @param {string} text */
export function unseen(text) {
  return h("span", { class: "unseen" }, text);
}

/** What Tab reaches inside. @param {Element} element @returns {HTMLElement[]} */
export function focusable(element) {
  return [...element.querySelectorAll("a[href], button, input, select, textarea, [tabindex]")].filter(
    (each) => each instanceof HTMLElement && each.tabIndex >= 0 && !each.matches(":disabled"),
  );
}

/** Draws inside an element anew and leaves the focus on what stands at the same place.
 * @param {Element} element @param {() => void} draw */
export function keepFocus(element, draw) {
  const held = /** @type {HTMLElement | null} */ (document.activeElement);
  const place = held && element.contains(held) ? focusable(element).indexOf(held) : -1;
  draw();
  if (place >= 0 && !element.contains(document.activeElement)) focusable(element)[place]?.focus();
}
