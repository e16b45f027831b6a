/** The workspace around the blocks: who and what is where, and what is said. */

import { h } from "./dom.js";
import { Main } from "./main.js";
import { go, onPlace, place } from "./place.js";
import { Sidebar } from "./sidebar.js";
import { ThreadPanel } from "./thread.js";
import { mountToasts } from "./toasts.js";
import { markRead } from "./unread.js";
import { where } from "./where.js";

/** @typedef {typeof import("../store.js").store} Store */

/** @param {HTMLElement} root @param {Store} store */
export function mountShell(root, store) {
  const [sidebar, main] = [new Sidebar(store), new Main(store)];
  const thread = new ThreadPanel(store, (id) => main.focusOn(id));
  const offline = h("p", { class: "offline", role: "status" });
  const workspace = h("div", { class: "workspace" }, sidebar.element, main.element, thread.element);
  root.append(offline, workspace);
  mountToasts(root);

  /** Puts in place what the address asks for. Returns what has come up just now. */
  const arrange = () => {
    const here = where(store);
    workspace.dataset.screen = here.isList ? "list" : here.thread ? "thread" : "main";
    const isNew = main.show(here);
    const isNewThread = thread.show(here);
    return isNewThread ? thread : isNew ? main : null;
  };
  /** @param {{again?: boolean}} options `again`: draw all messages anew */
  const update = (options = {}) => {
    main.update(options);
    thread.update(options);
    tellUnread();
  };
  const tellUnread = () => {
    const here = where(store);
    const isSeen = !document.hidden && main.element.checkVisibility();
    if (here.channel && isSeen) markRead(store, here.channel);
    sidebar.show(here);
    document.title = title(store, here);
  };

  onPlace(() => {
    const opened = arrange();
    update();
    if (matchMedia("(pointer: fine)").matches) opened?.focus();
  });
  document.addEventListener("visibilitychange", tellUnread);
  store.on((changed) => {
    if (changed.has("connection")) offline.textContent = store.connected ? "" : "Connecting to the playground…";
    if (changed.has("me") && place()?.thread) go({ channel: place()?.channel });
    const again = ["people", "conversations", "time", "install"].some((each) => changed.has(/** @type {any} */ (each)));
    if (again || changed.has("me")) arrange();
    if (again || changed.has("messages") || changed.has("home")) update({ again });
    else if (changed.has("unread") || changed.has("workspaces")) tellUnread();
  });
  arrange();
}

/** @param {Store} store @param {import("./where.js").Where} here */
function title(store, { channel, tab }) {
  const waiting = store.unread.people[store.me] ?? 0;
  const name = channel && !tab ? `#${store.conversations.get(channel)?.name}` : store.app.name;
  return `${waiting ? `(${waiting}) ` : ""}${name} – ${store.team.name}`;
}
