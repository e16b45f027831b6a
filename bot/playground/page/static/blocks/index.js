/**
 * Block Kit: from Slack's JSON to what a person sees and uses. It knows nothing of the workspace around it but what its
 * context tells.
 *
 * @typedef {object} Context
 * @property {Map<string, any>} people by user id
 * @property {Map<string, any>} channels by id
 * @property {string} me the viewer's user id
 * @property {string} zone the viewer's, an IANA name
 * @property {() => Date} now
 * @property {Record<string, Record<string, any>>} values what inputs hold, as in Slack's `state.values`; they win over
 *   initial values
 * @property {Record<string, string>} errors words below inputs, by block_id
 * @property {"message" | "modal" | "home"} surface
 * @property {boolean} [verbatim] of the text being drawn: an address is no link of itself
 * @property {(blockId: string, actionId: string, value?: unknown) => unknown} press
 * @property {(blockId: string, actionId: string, text: string) =>
 *   Promise<{options?: any[], optionGroups?: any[], trouble?: string}>} suggest
 * @property {(blockId: string, actionId: string, value: unknown) => unknown} fill
 */

import { renderBlock } from "./block.js";

export { patchBlocks } from "./patch.js";
export { renderMrkdwn } from "./mrkdwn.js";
export { renderPlain } from "./text.js";

/** @param {any[]} blocks @param {Context} context */
export function renderBlocks(blocks, context) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks.map((block) => renderBlock(block, context)));
  return fragment;
}
