/** Starts the store and mounts what stands on it. */

import { mountInspector } from "./inspector/index.js";
import { mountModals } from "./modal.js";
import { mountShell } from "./shell/index.js";
import { store } from "./store.js";
import { mountTour } from "./tour.js";

/** @param {string} id */
const room = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

await store.start();
mountShell(room("shell"), store);
mountModals(store);
mountInspector(room("inspector"), store);
mountTour(room("tour"), store);
