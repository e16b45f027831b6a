/** What opens at an element and lies over everything: lists of options, menus. */

const GAP = 4; // pixels
const LEAST = 160;

/** Shows the popup below its anchor, or above where there is more room, and keeps it there until it is hidden.
 * @param {HTMLElement} anchor @param {HTMLElement} popup with a `popover` attribute */
export function openAt(anchor, popup) {
  const ends = new AbortController();
  const settle = () => place(anchor, popup);
  popup.showPopover();
  settle();
  addEventListener("resize", settle, { signal: ends.signal });
  addEventListener("scroll", settle, { signal: ends.signal, capture: true, passive: true });
  popup.addEventListener(
    "toggle",
    (event) => /** @type {ToggleEvent} */ (event).newState === "closed" && ends.abort(),
    {
      signal: ends.signal,
    },
  );
}

/** @param {HTMLElement} anchor @param {HTMLElement} popup */
export function place(anchor, popup) {
  const box = anchor.getBoundingClientRect();
  const below = innerHeight - box.bottom - 2 * GAP;
  const above = box.top - 2 * GAP;
  popup.style.minWidth = `${Math.min(box.width, innerWidth - 2 * GAP)}px`;
  const isBelow = below >= Math.min(popup.scrollHeight, LEAST) || below >= above;
  popup.style.maxHeight = `${Math.min(isBelow ? below : above, 320)}px`;
  const { offsetWidth: width, offsetHeight: height } = popup;
  popup.style.top = `${isBelow ? box.bottom + GAP : box.top - GAP - height}px`;
  popup.style.left = `${Math.max(GAP, Math.min(box.left, innerWidth - width - GAP))}px`;
}
