/** The blocks' own small icons, drawn as lines on a field of 20 by 20. */

import { svg } from "./svg.js";

const PATHS = {
  down: "M5 8l5 5 5-5",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  check: "M4 10.5l4 4 8-9",
  more: "M4.5 10h.1M10 10h.1M15.5 10h.1",
  calendar: "M3.5 5.5h13v11h-13zM3.5 9h13M7 3v4M13 3v4",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 6v4.3l2.8 1.7",
  file: "M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5",
  picture: "M3 4h14v12H3zM3 14l4.5-4.5 3.5 3.5 2-2 4 4M13 7.5h.1",
  info: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M10 9v5M10 6v.1",
  warning: "M10 3 2 17h16zM10 8v4.5M10 14.6v.1",
  error: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M10 6v5M10 13.8v.1",
  success: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M6.5 10.3l2.4 2.4 4.6-5",
  back: "M12 4l-6 6 6 6",
  forward: "M8 4l6 6-6 6",
};

/** @typedef {keyof typeof PATHS} Icon */

/** @param {Icon} name */
export function icon(name) {
  const path = svg("path", { d: PATHS[name] });
  return svg("svg", { viewBox: "0 0 20 20", class: `icon icon-${name}`, "aria-hidden": "true" }, path);
}
