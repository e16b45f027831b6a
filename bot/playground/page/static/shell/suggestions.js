/** What a composer offers for what stands before the caret. Pure.
 *
 * @typedef {{insert: string, label: string, detail: string, person?: import("../store.js").Person}} Option
 *   `insert` takes the place of the word
 * @typedef {{from: number, options: Option[], hint?: undefined} | {hint: string, from?: undefined, options?: undefined}} Offer
 *   `from` is where the word begins
 */

import { handleOf, nameOf } from "./people.js";

const MOST = 8;

/** @param {string} text @param {number} caret
 * @param {Pick<typeof import("../store.js").store, "commands" | "people" | "conversations">} known
 * @returns {Offer | null} */
export function suggest(text, caret, known) {
  const before = text.slice(0, caret);
  if (/^\/\S*$/.test(before)) return offer(0, before, commands(known.commands));
  const word = /(?:^|\s)([@#][\w.-]*)$/.exec(before)?.[1];
  if (word) return offer(caret - word.length, word, word[0] === "@" ? people(known.people) : channels(known.conversations));
  const command = known.commands.find(({ name }) => text.startsWith(`${name} `));
  return command?.usageHint ? { hint: `${command.name} ${command.usageHint}` } : null;
}

/** Those that begin with the word, or have a name that does; none once the word is complete.
 * @param {number} from @param {string} word @param {Option[]} all @returns {Offer | null} */
function offer(from, word, all) {
  const asked = word.toLowerCase();
  if (all.some((each) => each.insert.toLowerCase() === asked)) return null;
  const fits = (/** @type {Option} */ { insert, detail }) =>
    insert.toLowerCase().startsWith(asked) ||
    detail.toLowerCase().split(" ").some((name) => asked.length > 1 && name.startsWith(asked.slice(1)));
  const options = all.filter(fits).slice(0, MOST);
  return options.length ? { from, options } : null;
}

/** @param {{name: string, description: string, usageHint: string}[]} commands @returns {Option[]} */
function commands(commands) {
  return commands.map(({ name, description, usageHint }) => ({
    insert: name,
    label: `${name} ${usageHint}`,
    detail: description,
  }));
}

/** @param {Map<string, import("../store.js").Person>} people @returns {Option[]} */
function people(people) {
  return [...people.values()].map((person) => ({
    insert: `@${handleOf(person)}`,
    label: handleOf(person),
    detail: person.isBot ? "App" : nameOf(person),
    person,
  }));
}

/** @param {Map<string, import("../store.js").Conversation>} conversations @returns {Option[]} */
function channels(conversations) {
  return [...conversations.values()]
    .filter(({ name, isArchived }) => name && !isArchived)
    .map(({ name }) => ({ insert: `#${name}`, label: `#${name}`, detail: "" }));
}
