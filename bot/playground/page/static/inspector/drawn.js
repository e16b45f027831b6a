/** The blocks in an exchange, drawn as Slack would show them. They are for looking at only. */

import { renderBlocks } from "../blocks/index.js";
import { homeContext } from "../shell/context.js";
import { h } from "../shell/dom.js";

/** @typedef {{blocks: any[], surface: "message" | "modal" | "home"}} Found */

/** Those that the bot sent, in a call or in an answer; null where there are none.
 * @param {typeof import("../store.js").store} store @param {import("./details.js").Whole} whole */
export function drawBlocks(store, whole) {
  const found = blocksIn(whole.direction === "from_bot" ? whole.body : whole.answer);
  if (!found) return null;
  const view = { id: "", kind: "modal", content: {}, values: {}, errors: {}, trouble: null, hash: "" };
  const context = { ...homeContext(store, { ...view, kind: "modal", rootId: "", previousId: null }) };
  const drawn = renderBlocks(found.blocks, { ...context, surface: found.surface });
  return h("div", { class: `details-blocks on-${found.surface}`, inert: true }, drawn);
}

/** @param {unknown} sent @returns {Found | null} */
function blocksIn(sent) {
  const fields = read(sent);
  const view = read(fields?.view);
  const blocks = read((view ?? fields)?.blocks);
  if (!Array.isArray(blocks) || !blocks.length) return null;
  return { blocks: blocks.map(withIds), surface: view?.type ?? "message" };
}

/** JSON that stands in a form's field, or what is JSON already. @param {any} value @returns {any} */
function read(value) {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

/** The ids that Slack would add. @param {any} block @param {number} at */
function withIds(block, at) {
  return { block_id: `inspected-${at}`, ...block };
}
