/**
 * What the person of this window sees of the workspace, kept in step with the server, and what they do there.
 *
 * The server's first event tells everything, later ones what has changed. An object is replaced when, and only when,
 * what it says has changed: compare by identity.
 *
 * @typedef {{id: string, name: string, realName: string, displayName: string, tz: string, isAdmin: boolean,
 *   isBot: boolean, restsAtNight: boolean, quiet: [number, number] | null, from: string | null}} Person  `tz` is an IANA
 *   name; `quiet` is from when to when they must not be disturbed now or next, in epoch seconds; `from` is the workspace of
 *   somebody who is of another one
 * @typedef {{id: string, name: string, person: string | null, waits: boolean}} Workspace  `person` is as whom to come to it;
 *   `waits`: somebody there has an unread mention
 * @typedef {{isInstalled: boolean, url: string | null}} Install  `url` is the app's own page for installing it
 * @typedef {{id: string, name: string, kind: "public" | "private" | "im", members: string[], isArchived: boolean,
 *   isShared: boolean}} Conversation  `name` is empty in direct messages; `isShared`: with another workspace
 * @typedef {{id: string, channel: string, ts: string, author: string, isApp: boolean, text: string, blocks: object[],
 *   threadTs: string | null, files: File[], onlyForMe: boolean, editedTs: string | null, edits: number,
 *   reactions: Record<string, string[]>, replyCount: number, broadcast: boolean}} Message  `ts` is epoch seconds
 * @typedef {{id: string, name: string, mimetype: string, size: number}} File  `size` is in bytes
 * @typedef {{id: string, kind: "modal" | "home", content: any, values: Record<string, Record<string, any>>,
 *   errors: Record<string, string>, trouble: string | null, rootId: string, previousId: string | null, hash: string}}
 *   View
 * @typedef {{messages: number, mentions: number}} Count  what is not yet read, and what of it is for this person
 * @typedef {{channels: Record<string, Count>, people: Record<string, number>}} Unread  `people` counts mentions; where
 *   there is nothing, there is no entry
 * @typedef {{number: number, direction: "to_bot" | "from_bot", kind: string, at: number, status: number | null,
 *   milliseconds: number | null, error: string | null}} Exchange  `error` is Slack's word for what was wrong
 * @typedef {{ok: boolean, trouble?: string, [field: string]: any}} Result
 * @typedef {"people" | "conversations" | "messages" | "modals" | "home" | "exchanges" | "faults" | "unread" | "time" |
 *   "me" | "connection" | "workspaces" | "install"} Change
 */

const EXCHANGES_KEPT = 2000;
const UNREACHABLE = "The playground could not be reached. Is it still running?";

/** @type {Set<(changed: Set<Change>) => void>} */
const listeners = new Set();

/** @type {EventSource | undefined} */
let stream;

/** When this page came up, as a ts: what only one person sees for a moment is not shown again by another page. */
let since = "";

export const store = {
  /** The id of the person whom this window acts as. */
  me: "",
  team: { id: "", name: "", domain: "" },
  /** Whether this is the workspace that one comes to at first. */
  isFirst: true,
  /** All there are, this one too. @type {Workspace[]} */
  workspaces: [],
  /** @type {Install} */
  install: { isInstalled: true, url: null },
  app: { name: "", userId: "" },
  /** @type {Map<string, Person>} */
  people: new Map(),
  /** Those that this person is in. @type {Map<string, Conversation>} */
  conversations: new Map(),
  /** In no order. @type {Map<string, Message>} */
  messages: new Map(),
  /** The topmost last. @type {View[]} */
  modals: [],
  /** @type {View | null} */
  home: null,
  /** The oldest first. @type {Exchange[]} */
  exchanges: [],
  /** @type {{id: string, label: string}[]} */
  faults: [],
  /** @type {Unread} */
  unread: { channels: {}, people: {} },
  /** @type {{name: string, description: string, usageHint: string}[]} */
  commands: [],
  /** @type {{name: string, kind: "message" | "global", callbackId: string}[]} */
  shortcuts: [],
  /** Seconds that the workspace's time has been moved forward. */
  ahead: 0,
  connected: false,

  /** What time it is in the workspace. */
  now() {
    return new Date(Date.now() + store.ahead * 1000);
  },

  /** Learns who is there, and follows what happens. Resolves before the first event has come. */
  async start() {
    const asked = new URLSearchParams(location.search).get("as") ?? sessionStorage.getItem("as") ?? "";
    const about = await (await fetch(`/page/bootstrap?${new URLSearchParams({ as: asked })}`)).json();
    store.team = about.team;
    store.isFirst = about.isFirst;
    store.app = about.app;
    since = sessionStorage.getItem("since") ?? about.since;
    sessionStorage.removeItem("since");
    store.commands = about.commands;
    store.shortcuts = about.shortcuts;
    store.people = byId(about.people);
    become(isPerson(asked) ? asked : about.people.find((/** @type {Person} */ each) => !each.isBot).id);
  },

  /** This window is another person's from now on; other windows stay whose they are. @param {string} userId */
  actAs(userId) {
    if (userId === store.me || !isPerson(userId)) return;
    store.conversations = new Map();
    store.messages = new Map();
    Object.assign(store, { modals: [], home: null, exchanges: [], unread: { ...store.unread, channels: {} } });
    become(userId);
    tell(["me", "conversations", "messages", "modals", "home", "exchanges", "unread"]);
  },

  /** As whom this window comes to a workspace: as whoever it was there last. @param {Workspace} workspace */
  personIn({ id, person }) {
    return sessionStorage.getItem(`as/${id}`) ?? person ?? "";
  },

  /** This window goes to another workspace and comes back: what only its person sees is not lost. */
  keepWhatIsSeen() {
    sessionStorage.setItem("since", since);
  },

  /** Calls this with what has changed, until the function that it returns is called.
   * @param {(changed: Set<Change>) => void} listener */
  on(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Does something as this window's person. Never rejects: `trouble` has words for people.
   * @param {string} action @param {object} [fields] @returns {Promise<Result>} */
  async do(action, fields = {}) {
    try {
      const answer = await fetch("/page/do", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ as: store.me, action, ...fields }),
      });
      return await answer.json();
    } catch {
      return { ok: false, trouble: UNREACHABLE };
    }
  },
};

/** @param {string} userId */
function isPerson(userId) {
  const person = store.people.get(userId);
  return person !== undefined && !person.isBot && !person.from;
}

/** @param {string} userId */
function become(userId) {
  store.me = userId;
  sessionStorage.setItem("as", userId);
  sessionStorage.setItem(`as/${store.team.id}`, userId);
  const address = new URL(location.href);
  address.searchParams.set("as", userId);
  history.replaceState(history.state, "", address);
  stream?.close();
  stream = new EventSource(`/page/events?${new URLSearchParams({ as: userId, since })}`);
  stream.addEventListener("sync", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("open", () => connect(true));
  stream.addEventListener("error", () => connect(false));
}

/** @param {boolean} connected */
function connect(connected) {
  if (store.connected === connected) return;
  store.connected = connected;
  tell(["connection"]);
}

/** Puts an event's news in place. @param {any} news */
function take(news) {
  /** @type {Change[]} */
  const changed = [];
  for (const part of /** @type {const} */ (["people", "conversations"])) {
    if (!news[part] || isSame([...store[part].values()], news[part])) continue;
    store[part] = byId(news[part]);
    changed.push(part);
  }
  if (news.whole || news.messages || news.gone) {
    keepMessages(news);
    changed.push("messages");
  }
  if (news.whole || news.exchanges) {
    keepExchanges(news);
    changed.push("exchanges");
  }
  for (const part of /** @type {const} */ (["modals", "home", "faults", "unread", "workspaces", "install"])) {
    if (news[part] === undefined) continue;
    store[part] = news[part];
    changed.push(part);
  }
  if (news.ahead !== undefined) {
    store.ahead = news.ahead;
    changed.push("time");
  }
  tell(changed);
}

/** @param {{whole: boolean, messages?: Message[], gone?: string[]}} news */
function keepMessages({ whole, messages = [], gone = [] }) {
  const before = store.messages;
  if (whole) store.messages = new Map();
  for (const message of messages) {
    const known = before.get(message.id);
    store.messages.set(message.id, known && isSame(known, message) ? known : message);
  }
  for (const id of gone) store.messages.delete(id);
}

/** @param {{whole: boolean, exchanges?: Exchange[]}} news */
function keepExchanges({ whole, exchanges = [] }) {
  const kept = new Map((whole ? [] : store.exchanges).map((each) => [each.number, each]));
  for (const each of exchanges) kept.set(each.number, each);
  store.exchanges = [...kept.values()].sort((a, b) => a.number - b.number).slice(-EXCHANGES_KEPT);
}

/** @param {unknown} one @param {unknown} other */
function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** @template {{id: string}} T @param {T[]} all @returns {Map<string, T>} */
function byId(all) {
  return new Map(all.map((each) => [each.id, each]));
}

/** @param {Change[]} changed */
function tell(changed) {
  const all = new Set(changed);
  for (const listener of [...listeners]) listener(all);
}
