/** Text as Slack carries it, back to what a person typed and can edit. */

import { handleOf } from "./people.js";

const MARKED = /<(?:@(\w+)|#(\w+)|([^|>]+))(?:\|([^>]*))?>/g;

/** `<@U0ANA> &amp; <https://a.example>` → `@ana & https://a.example`.
 * @param {string} markup @param {Map<string, import("../store.js").Person>} people
 * @param {Map<string, import("../store.js").Conversation>} channels */
export function toTyped(markup, people, channels) {
  const words = markup.replace(MARKED, (all, user, channel, target, label) => {
    const person = people.get(user);
    if (person) return `@${handleOf(person)}`;
    if (channel) return `#${channels.get(channel)?.name ?? label ?? channel}`;
    return target ?? all;
  });
  return words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
