/** Tables: plain ones, and data tables that sort and page. */

import { h } from "../shell/dom.js";
import { icon } from "./icons.js";
import { renderText } from "./mrkdwn.js";
import { renderRichText } from "./rich_text.js";
import { plain, renderPlain } from "./text.js";

/** @typedef {import("./index.js").Context} Context */

const PAGE = 5; // rows, where the block does not say

/** @param {any} block @param {Context} context */
export function renderTable({ rows, column_settings: settings = [] }, context) {
  const [header, ...body] = rows;
  const classes = (/** @type {number} */ at) => {
    const { align = "left", is_wrapped: isWrapped } = settings[at] ?? {};
    return `align-${align}${isWrapped ? " wrapped" : ""}`;
  };
  const row = (/** @type {any[]} */ cells, /** @type {"th" | "td"} */ tag) =>
    h(
      "tr",
      {},
      ...cells.map((cell, at) => h(tag, { class: classes(at), scope: tag === "th" && "col" }, words(cell, context))),
    );
  const table = h(
    "table",
    {},
    h("thead", {}, row(header, "th")),
    h("tbody", {}, ...body.map((/** @type {any[]} */ cells) => row(cells, "td"))),
  );
  return scroller(table, "Table");
}

/** @param {any} block @param {Context} context */
export function renderDataTable(block, context) {
  return new DataTable(block, context).element;
}

class DataTable {
  #first = 0;
  /** @type {{column: number, isDown: boolean} | null} */
  #order = null;

  /** @param {any} block @param {Context} context */
  constructor(block, context) {
    const [header, ...rows] = block.rows;
    this.context = context;
    this.header = header;
    this.rows = rows;
    this.size = block.page_size ?? PAGE;
    this.named = block.row_header_column_index;
    this.head = h(
      "tr",
      {},
      ...header.map((/** @type {any} */ cell, /** @type {number} */ at) => this.#heading(cell, at)),
    );
    this.body = h("tbody");
    this.count = h("span", { role: "status" });
    const caption = plain(block.caption);
    this.pager = this.#pager();
    const table = h("table", {}, h("caption", {}, renderPlain(block.caption)), h("thead", {}, this.head), this.body);
    this.element = h("div", {}, scroller(table, caption), this.pager);
    this.#draw();
  }

  /** @param {any} cell @param {number} at */
  #heading(cell, at) {
    const sort = () => this.#sort(at);
    const button = h(
      "button",
      { type: "button", class: "b-sort", onclick: sort },
      words(cell, this.context),
      h("span", { class: "b-arrow", "aria-hidden": "true" }),
    );
    return h("th", { scope: "col", class: isNumeric(this.rows[0]?.[at]) && "align-right" }, button);
  }

  #pager() {
    const turn = (/** @type {number} */ by) => () => {
      this.#first += by * this.size;
      this.#draw();
    };
    const button = (/** @type {"back" | "forward"} */ name, /** @type {string} */ label, /** @type {number} */ by) =>
      h(
        "button",
        { type: "button", class: "b-turn", "aria-label": label, title: label, onclick: turn(by) },
        icon(name),
      );
    return h(
      "div",
      { class: "b-pager" },
      this.count,
      button("back", "Previous page", -1),
      button("forward", "Next page", 1),
    );
  }

  /** Up, then down, then as the table was given. @param {number} column */
  #sort(column) {
    const { column: before, isDown } = this.#order ?? {};
    if (before !== column) this.#order = { column, isDown: false };
    else this.#order = isDown ? null : { column, isDown: true };
    this.#first = 0;
    this.#draw();
  }

  #draw() {
    const end = Math.min(this.#first + this.size, this.rows.length);
    this.body.replaceChildren(
      ...this.#sorted()
        .slice(this.#first, end)
        .map((row) => this.#row(row)),
    );
    [...this.head.children].forEach((heading, at) => {
      const way = this.#order?.column === at && (this.#order.isDown ? "descending" : "ascending");
      if (way) heading.setAttribute("aria-sort", way);
      else heading.removeAttribute("aria-sort");
    });
    this.count.textContent = `${this.#first + 1}–${end} of ${this.rows.length}`;
    const [, back, forward] = /** @type {any} */ (this.pager.children);
    back.disabled = this.#first === 0;
    forward.disabled = end === this.rows.length;
    this.pager.hidden = this.rows.length <= this.size;
  }

  /** @returns {any[][]} */
  #sorted() {
    if (!this.#order) return this.rows;
    const { column, isDown } = this.#order;
    const sorted = this.rows.toSorted((/** @type {any[]} */ one, /** @type {any[]} */ other) =>
      compare(one[column], other[column]),
    );
    return isDown ? sorted.reverse() : sorted;
  }

  /** @param {any[]} cells */
  #row(cells) {
    const cell = (/** @type {any} */ each, /** @type {number} */ at) => {
      const isName = at === this.named;
      return h(
        isName ? "th" : "td",
        { scope: isName && "row", class: isNumeric(each) && "align-right" },
        words(each, this.context),
      );
    };
    return h("tr", {}, ...cells.map(cell));
  }
}

/** A table that is wider than its place can be scrolled, by keyboard too. @param {HTMLElement} table @param {string} name */
function scroller(table, name) {
  return h("div", { class: "b-scroll", tabindex: "0", role: "group", "aria-label": name }, table);
}

/** @param {any} cell @param {Context} context */
function words(cell, context) {
  return cell.type === "rich_text" ? renderRichText(cell, context) : renderText(cell.text, context);
}

/** @param {any} cell */
function isNumeric(cell) {
  return cell?.type === "raw_number";
}

/** @param {any} one @param {any} other */
function compare(one, other) {
  if (isNumeric(one) && isNumeric(other)) return one.value - other.value;
  return text(one).localeCompare(text(other), "en", { numeric: true, sensitivity: "base" });
}

/** @param {any} cell @returns {string} */
function text(cell) {
  return cell.text ?? (cell.elements ?? []).map(text).join(" ");
}
