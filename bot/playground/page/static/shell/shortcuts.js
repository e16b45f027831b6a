/** The menu of what apps can do anywhere. */

import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { sayTrouble } from "./toasts.js";

/** @param {typeof import("../store.js").store} store @param {Element} anchor */
export function openShortcuts(store, anchor) {
  const items = store.shortcuts
    .filter((each) => each.kind === "global")
    .map(({ name, callbackId }) => ({
      label: name,
      detail: store.app.name,
      icon: icon("bolt"),
      choose: async () => sayTrouble(await store.do("globalShortcut", { callbackId })),
    }));
  openMenu(anchor, "Shortcuts", [{ label: "Shortcuts", items }]);
}
