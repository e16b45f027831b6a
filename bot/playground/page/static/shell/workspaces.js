/** Which workspaces there are: a square for each at the left edge, and the menu behind this one's name. */

import { confirm } from "./confirm.js";
import { h, unseen } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { initials } from "./people.js";
import { sayTrouble } from "./toasts.js";

/**
 * @typedef {typeof import("../store.js").store} Store
 * @typedef {import("../store.js").Workspace} Workspace
 */

const COLOURS = 4; // .tile-0 … .tile-3 in shell.css

/** The squares, in the order in which the workspaces were made. @param {Store} store */
export function tiles(store) {
  return store.workspaces.map((workspace, at) => tile(store, workspace, at % COLOURS));
}

/** A link, since another workspace is another page. @param {Store} store @param {Workspace} workspace @param {number} colour */
function tile(store, workspace, colour) {
  const isHere = workspace.id === store.team.id;
  const attributes = {
    class: `tile tile-${colour}`,
    href: address(store, workspace),
    title: workspace.name,
    "aria-label": workspace.name,
    "aria-current": isHere ? "true" : null,
    onclick: () => store.keepWhatIsSeen(),
  };
  const waits = !isHere && workspace.waits;
  const sign = h("span", { "aria-hidden": "true" }, initials(workspace.name));
  return h("a", attributes, sign, waits && h("span", { class: "dot" }), waits && unseen("unread"));
}

/** The name of the workspace, as a button; its menu leads to the others, too, since a phone has no squares.
 * @param {Store} store */
export function teamButton(store) {
  const button = h(
    "button",
    { type: "button", class: "team", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => openTeamMenu(store, button) },
    h("span", { class: "team-name" }, store.team.name),
    icon("chevron"),
  );
  return button;
}

/** @param {Store} store @param {Element} anchor */
function openTeamMenu(store, anchor) {
  const others = store.workspaces.map((workspace) => ({
    label: workspace.name,
    chosen: workspace.id === store.team.id,
    choose: () => {
      if (workspace.id === store.team.id) return;
      store.keepWhatIsSeen();
      location.assign(address(store, workspace));
    },
  }));
  openMenu(anchor, store.team.name, [
    { label: "Workspaces", items: others },
    { label: "Apps", items: [appItem(store)].filter((each) => each !== null) },
  ]);
}

/** @param {Store} store @returns {import("./menu.js").Item | null} */
function appItem(store) {
  const { app, install, people, me } = store;
  if (!install.isInstalled) {
    const { url } = install;
    return url ? { label: `Install ${app.name}`, choose: () => location.assign(url) } : null;
  }
  if (!people.get(me)?.isAdmin) return null;
  return { label: `Remove ${app.name} from this workspace…`, danger: true, choose: () => remove(store) };
}

/** Asks first. @param {Store} store */
export async function remove(store) {
  const { app, team } = store;
  const text = `${app.name} leaves all channels of ${team.name} and hears of nothing there any more. What it has kept, it keeps.`;
  if (await confirm(`Remove ${app.name}?`, text, "Remove")) sayTrouble(await store.do("uninstall"));
}

/** What stands above everything where the app is not installed. @param {Store} store */
export function installNotice({ app, team, install }) {
  if (install.isInstalled) return [];
  const words = `${app.name} is not installed in ${team.name}.`;
  const { url } = install;
  return [h("p", {}, words), url ? h("a", { class: "button primary", href: url }, `Install ${app.name}`) : null].filter(
    (each) => each !== null,
  );
}

/** @param {Store} store @param {Workspace} workspace */
function address(store, workspace) {
  return `/?${new URLSearchParams({ as: store.personIn(workspace) })}`;
}
