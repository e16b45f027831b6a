/** The blocks that arrange texts, images and elements. */

import { h, present } from "../shell/dom.js";
import { renderElement } from "./element.js";
import { icon } from "./icons.js";
import { renderImage } from "./image.js";
import { renderText } from "./mrkdwn.js";
import { renderRichText } from "./rich_text.js";

/** @typedef {import("./index.js").Context} Context */

const ALERTS = /** @type {const} */ ({
  default: ["info", "Note"],
  info: ["info", "Information"],
  warning: ["warning", "Warning"],
  error: ["error", "Error"],
  success: ["success", "Success"],
});

/** @param {any} block @param {Context} context */
export function renderSection(block, context) {
  const { text, fields, accessory } = block;
  const words = h(
    "div",
    { class: "b-section-text" },
    text && renderText(text, context),
    fields &&
      h(
        "div",
        { class: "b-fields" },
        ...fields.map((/** @type {any} */ each) => h("div", {}, renderText(each, context))),
      ),
  );
  if (!accessory) return h("div", {}, words);
  const isImage = accessory.type === "image";
  const beside = isImage ? renderImage(accessory, "large") : renderElement(accessory, block, context);
  return h(
    "div",
    { class: `with-accessory${isImage ? " with-image" : ""}` },
    words,
    h("div", { class: "b-accessory" }, beside),
  );
}

/** @param {any} block @param {Context} context */
export function renderHeader({ text }, context) {
  return h("h3", {}, renderText(text, context));
}

export function renderDivider() {
  return h("hr");
}

/** @param {any} block @param {Context} context */
export function renderContext({ elements }, context) {
  const part = (/** @type {any} */ each) =>
    each.type === "image" ? renderImage(each, "small") : h("span", {}, renderText(each, context));
  return h("div", {}, ...elements.map(part));
}

/** @param {any} block @param {Context} context */
export function renderActions(block, context) {
  return h(
    "div",
    { class: "b-actions" },
    ...block.elements.map((/** @type {any} */ each) => renderElement(each, block, context)),
  );
}

/** @param {any} block @param {Context} context */
export function renderImageBlock(block, context) {
  const caption = block.title && h("figcaption", {}, renderText(block.title, context));
  return h("figure", {}, caption, renderImage(block, "large"));
}

/** @param {any} block @param {Context} context */
export function renderCard(block, context) {
  const { hero_image: hero, icon: sign, title, subtitle, body, actions } = block;
  const heading = h(
    "div",
    {},
    title && h("div", { class: "b-card-title" }, renderText(title, context)),
    subtitle && h("div", { class: "b-soft" }, renderText(subtitle, context)),
  );
  return h(
    "div",
    {},
    hero && renderImage(hero, "large"),
    (sign || title || subtitle) && h("div", { class: "b-card-head" }, sign && renderImage(sign, "small"), heading),
    body && h("div", { class: "b-card-body" }, renderText(body, context)),
    actions &&
      h(
        "div",
        { class: "b-actions" },
        ...actions.map((/** @type {any} */ each) => renderElement(each, block, context)),
      ),
  );
}

/** @param {any} block @param {Context} context */
export function renderAlert({ text, level = "default" }, context) {
  const [sign, words] = ALERTS[/** @type {keyof typeof ALERTS} */ (level)] ?? ALERTS.default;
  return h(
    "div",
    { class: `level-${level}`, role: "note", "aria-label": words },
    icon(sign),
    h("div", {}, renderText(text, context)),
  );
}

/** @param {any} block @param {Context} context @param {(block: any, context: Context) => Element} renderBlock */
export function renderContainer(block, context, renderBlock) {
  const { width = "standard", is_collapsible: folds, default_collapsed: folded, has_header_divider: divided } = block;
  const head = containerHead(block, context);
  const children = h(
    "div",
    { class: "b-children" },
    ...block.child_blocks.map((/** @type {any} */ each) => renderBlock(each, context)),
  );
  const classes = `width-${width}`;
  if (folds) return h("details", { class: classes, open: !folded }, h("summary", {}, ...head), children);
  return h("div", { class: classes }, h("div", { class: divided ? "b-head divided" : "b-head" }, ...head), children);
}

/** @param {any} block @param {Context} context */
function containerHead({ icon: sign, title, rich_text_title: rich, subtitle }, context) {
  return present([
    sign && renderImage(sign, "small"),
    h(
      "div",
      {},
      h("div", { class: "b-card-title" }, rich ? renderRichText(rich, context) : renderText(title, context)),
      subtitle && h("div", { class: "b-soft" }, renderText(subtitle, context)),
    ),
  ]);
}
