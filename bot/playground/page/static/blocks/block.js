/** One block, by its type. */

import { h } from "../shell/dom.js";
import { renderChart } from "./chart.js";
import { dress, renderInput } from "./input.js";
import * as layout from "./layout.js";
import { renderMarkdown } from "./markdown.js";
import { renderRichText } from "./rich_text.js";
import { renderDataTable, renderTable } from "./table.js";

/** @typedef {import("./index.js").Context} Context */

/** @type {Record<string, (block: any, context: Context) => Element>} */
const RENDER = {
  section: layout.renderSection,
  header: layout.renderHeader,
  divider: layout.renderDivider,
  context: layout.renderContext,
  actions: layout.renderActions,
  image: layout.renderImageBlock,
  card: layout.renderCard,
  alert: layout.renderAlert,
  container: (block, context) => layout.renderContainer(block, context, renderBlock),
  input: renderInput,
  rich_text: renderRichText,
  markdown: (block, context) => renderMarkdown(block.text, context),
  table: renderTable,
  data_table: renderDataTable,
  data_visualization: renderChart,
};

/** @type {WeakMap<Element, any>} */
const drawn = new WeakMap();

/** @param {any} block @param {Context} context @returns {Element} */
export function renderBlock(block, context) {
  const render = RENDER[block.type];
  const element = render ? render(block, context) : h("p", { class: "b-unknown" }, `[${block.type} block]`);
  element.classList.add("block", `block-${block.type}`);
  if (block.block_id) element.setAttribute("data-block-id", block.block_id);
  drawn.set(element, block);
  return element;
}

/** Whether what is drawn can stay as it is for this block, but for an input's words: its label, hint and error.
 * @param {Element} element @param {any} block */
export function canStay(element, block) {
  const before = drawn.get(element);
  if (before?.type !== "input" || block.type !== "input") return same(before, block);
  return (
    same(lasting(before.element), lasting(block.element)) &&
    Boolean(before.dispatch_action) === Boolean(block.dispatch_action)
  );
}

/** Brings the words of an input that stays up to date. @param {HTMLElement} element @param {any} block
 * @param {Context} context */
export function refresh(element, block, context) {
  drawn.set(element, block);
  if (block.type === "input") dress(element, block, context);
}

/** An element without what counts only when it is first shown. @param {any} element */
function lasting(element) {
  return Object.fromEntries(Object.entries(element).filter(([name]) => !name.startsWith("initial_")));
}

/** @param {unknown} one @param {unknown} other */
function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
