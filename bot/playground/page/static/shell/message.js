/** One message as it stands in a list. */

import { renderBlocks, renderMrkdwn } from "../blocks/index.js";
import { messageContext, zoneOf } from "./context.js";
import { h, present } from "./dom.js";
import { emoji, spoken } from "./emoji.js";
import { icon } from "./icons.js";
import { toTyped } from "./markup.js";
import { avatar, nameOf } from "./people.js";
import { address } from "./place.js";
import { clock, dayAndClock, wholeDate } from "./time.js";
import { sayTrouble } from "./toasts.js";

const SPOKEN = 240; // characters of a message in its label

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("../store.js").Message} Message
 * @typedef {import("./rows.js").Row} Row
 */

/** An empty place for a message; `fillRow` fills it, as often as it changes. @param {string} id */
export function createRow(id) {
  return h("li", { class: "row", "data-id": id }, h("article", { class: "message", tabindex: "-1" }));
}

/** @param {HTMLElement} element as `createRow` made it @param {Row} row @param {Store} store */
export function fillRow(element, row, store) {
  const article = /** @type {HTMLElement} */ (element.querySelector(":scope > .message"));
  const { message } = row;
  element.querySelector(":scope > .heading")?.remove();
  if (row.heading) element.prepend(h("h2", { class: "heading" }, h("span", {}, row.heading)));
  article.classList.toggle("first", row.isFirst);
  article.classList.toggle("next", !row.isFirst);
  article.classList.toggle("only", message.onlyForMe);
  article.setAttribute("aria-label", label(message, store));
  article.replaceChildren(
    ...present([
      message.onlyForMe && onlyForMe(message, store),
      h("div", { class: "gutter" }, face(row, store)),
      h("div", { class: "body" }, ...present(body(row, store))),
    ]),
  );
}

/** @param {Row} row @param {Store} store */
function face(row, store) {
  if (row.isFirst) return avatar(store.people.get(row.message.author), "large");
  return time(row.message, clock(row.message.ts, zoneOf(store)), store);
}

/** What a screen reader says of it. @param {Message} message @param {Store} store */
export function label(message, store) {
  const author = nameOf(store.people.get(message.author));
  const only = message.onlyForMe ? "Only visible to you. " : "";
  return `${only}${author}, ${clock(message.ts, zoneOf(store))}: ${words(message, store).slice(0, SPOKEN)}`;
}

/** @param {Message} message @param {Store} store */
function words(message, store) {
  return toTyped(message.text, store.people, store.conversations) || message.files.map((file) => file.name).join(", ");
}

/** @param {Row} row @param {Store} store */
function body({ message, isFirst, when, thread }, store) {
  return [
    isFirst && byline(message, when, store),
    message.broadcast && message.threadTs && h("p", { class: "soft" }, "replied to a thread"),
    content(message, store),
    message.files.length > 0 && files(message),
    Object.keys(message.reactions).length > 0 && reactions(message, store),
    thread && threadLink(message, thread, store),
  ];
}

/** @param {Message} message @param {string} when @param {Store} store */
function byline(message, when, store) {
  const elsewhere = store.people.get(message.author)?.from;
  return h(
    "header",
    { class: "byline" },
    h("span", { class: "author" }, nameOf(store.people.get(message.author))),
    message.isApp && h("span", { class: "badge" }, "APP"),
    elsewhere && h("span", { class: "badge" }, elsewhere),
    time(message, when, store),
  );
}

/** @param {Message} message @param {string} words @param {Store} store */
function time({ ts }, words, store) {
  const moment = new Date(Number(ts) * 1000).toISOString();
  return h("time", { datetime: moment, title: wholeDate(ts, zoneOf(store)) }, words);
}

/** @param {Message} message @param {Store} store */
function content(message, store) {
  const context = messageContext(store, message);
  // What people type is drawn from their markup: Slack's composer makes *bold* of it while they type.
  const hasBlocks = message.isApp && message.blocks.length > 0;
  const drawn = hasBlocks ? renderBlocks(message.blocks, context) : renderMrkdwn(message.text, context);
  const edited = message.editedTs && !message.isApp && h("span", { class: "edited" }, "(edited)");
  return h("div", { class: "content" }, drawn, edited);
}

/** @param {Message} message @param {Store} store */
function onlyForMe(message, store) {
  const dismiss = async () => {
    sayTrouble(await store.do("delete", { channel: message.channel, ts: message.ts }));
  };
  return h(
    "p",
    { class: "only-for-me" },
    icon("eye"),
    "Only visible to you",
    h("button", { type: "button", class: "link", onclick: dismiss }, "Dismiss"),
  );
}

/** @param {Message} message */
function files(message) {
  const item = (/** @type {import("../store.js").File} */ file) =>
    h(
      "li",
      { class: "file" },
      h("span", { class: "file-icon" }, icon("file")),
      h("span", { class: "file-name" }, file.name),
      h("span", { class: "soft" }, `${extension(file.name)} · ${bytes(file.size)}`),
    );
  return h("ul", { class: "files", "aria-label": "Files" }, ...message.files.map(item));
}

/** @param {string} name */
function extension(name) {
  return name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toUpperCase() : "File";
}

/** @param {number} size */
export function bytes(size) {
  if (size < 1000) return `${size} bytes`;
  return size < 1e6 ? `${Math.round(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** @param {Message} message @param {Store} store */
function reactions(message, store) {
  const pill = ([name, people]) => {
    const isMine = people.includes(store.me);
    const who = people.map((/** @type {string} */ id) => nameOf(store.people.get(id))).join(", ");
    return h(
      "button",
      {
        type: "button",
        class: "reaction",
        "aria-pressed": String(isMine),
        "aria-label": `${spoken(name)}: ${who}`,
        title: `${who} reacted with :${name}:`,
        onclick: () => react(store, message, name),
      },
      emoji(name),
      h("span", { class: "count" }, String(people.length)),
    );
  };
  return h("div", { class: "reactions" }, ...Object.entries(message.reactions).map(pill));
}

/** Adds one's reaction, or takes it away. @param {Store} store @param {Message} message @param {string} name */
export async function react(store, message, name) {
  const remove = message.reactions[name]?.includes(store.me) ?? false;
  sayTrouble(await store.do("react", { channel: message.channel, ts: message.ts, name, remove }));
}

/** @param {Message} message @param {import("./rows.js").Thread} thread @param {Store} store */
function threadLink(message, thread, store) {
  const faces = thread.authors.slice(0, 4).map((id) => avatar(store.people.get(id), "tiny"));
  return h(
    "a",
    { class: "thread-link", href: address({ channel: message.channel, thread: message.ts }) },
    ...faces,
    h("span", { class: "replies" }, thread.count === 1 ? "1 reply" : `${thread.count} replies`),
    h("span", { class: "soft" }, `Last reply: ${dayAndClock(thread.last, zoneOf(store), store.now())}`),
  );
}
