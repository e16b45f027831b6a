/** Which messages stand in a list, and how each follows the one before. Pure. */

import { clock, day, dayAndClock, dayName } from "./time.js";

const TOGETHER = 300; // seconds within which one author's messages are one group

/**
 * @typedef {import("../store.js").Message} Message
 * @typedef {{authors: string[], count: number, last: string}} Thread  `last` is the newest reply's ts
 * @typedef {{message: Message, heading: string | null, isFirst: boolean, when: string, thread: Thread | null}} Row
 *   `heading` stands above it; `isFirst` where its author is shown; `when` is its time as it is shown
 */

/** What stands in a channel, the oldest first: threads show as their parents.
 * @param {Iterable<Message>} messages @param {string} channel @param {string} zone @param {Date} now */
export function channelRows(messages, channel, zone, now) {
  const shown = [];
  /** @type {Map<string, Thread>} */
  const threads = new Map();
  for (const message of messages) {
    if (message.channel !== channel) continue;
    if (isReply(message)) addReply(threads, message);
    if (!isReply(message) || message.broadcast) shown.push(message);
  }
  return follow(shown, zone, now, threads);
}

/** A thread: its parent, where that is still there, and the replies.
 * @param {Iterable<Message>} messages @param {string} channel @param {string} parent its ts
 * @param {string} zone @param {Date} now */
export function threadRows(messages, channel, parent, zone, now) {
  const shown = [];
  for (const message of messages) {
    if (message.channel === channel && (message.ts === parent || message.threadTs === parent)) shown.push(message);
  }
  const rows = follow(shown, zone, now, new Map());
  const count = rows.filter(({ message }) => isReply(message) && !message.onlyForMe).length;
  const replies = count === 1 ? "1 reply" : `${count} replies`;
  return rows.map((row, at) => ({
    ...row,
    heading: at === 1 && count ? replies : null,
    isFirst: row.isFirst || at === 1,
    when: dayAndClock(row.message.ts, zone, now),
  }));
}

/** @param {Row} one @param {Row} other */
export function isSameRow(one, other) {
  return (
    one.message === other.message &&
    one.heading === other.heading &&
    one.isFirst === other.isFirst &&
    one.when === other.when &&
    one.thread?.count === other.thread?.count &&
    one.thread?.last === other.thread?.last
  );
}

/** @param {Message} message */
export function isReply(message) {
  return message.threadTs !== null && message.threadTs !== message.ts;
}

/** @param {Map<string, Thread>} threads @param {Message} reply */
function addReply(threads, reply) {
  if (reply.onlyForMe) return;
  const parent = /** @type {string} */ (reply.threadTs);
  const known = threads.get(parent) ?? { authors: [], count: 0, last: "" };
  threads.set(parent, {
    authors: known.authors.includes(reply.author) ? known.authors : [...known.authors, reply.author],
    count: known.count + 1,
    last: reply.ts > known.last ? reply.ts : known.last,
  });
}

/** @param {Message[]} messages @param {string} zone @param {Date} now @param {Map<string, Thread>} threads
 * @returns {Row[]} */
function follow(messages, zone, now, threads) {
  messages.sort((one, other) => (one.ts < other.ts ? -1 : 1));
  return messages.map((message, at) => {
    const before = messages[at - 1];
    const isNewDay = !before || day(before.ts, zone) !== day(message.ts, zone);
    return {
      message,
      heading: isNewDay ? dayName(message.ts, zone, now) : null,
      isFirst: isNewDay || !isTogether(before, message),
      when: clock(message.ts, zone),
      thread: threads.get(message.ts) ?? null,
    };
  });
}

/** @param {Message} before @param {Message} message */
function isTogether(before, message) {
  return (
    before.author === message.author &&
    before.onlyForMe === message.onlyForMe &&
    Number(message.ts) - Number(before.ts) < TOGETHER &&
    !(message.broadcast && isReply(message))
  );
}
