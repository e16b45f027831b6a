/** A pie of at most six segments. */

import { short } from "./scale.js";
import { svg } from "./svg.js";
import { plain } from "./text.js";

const [CENTRE, RADIUS] = [100, 96];

/** @param {{label: string, value: number}[]} segments */
export function pieChart(segments) {
  const sum = segments.reduce((total, { value }) => total + Math.max(value, 0), 0);
  let turned = 0;
  const slices = segments.map(({ label, value }, at) => {
    const part = sum ? Math.max(value, 0) / sum : 0;
    const name = svg("title", {}, `${plain(label)}: ${short(value)}`);
    const path = svg("path", { d: slice(turned, part), class: `segment series-${at}` }, name);
    turned += part;
    return path;
  });
  return svg("svg", { viewBox: "0 0 200 200", class: "b-chart" }, ...slices);
}

/** @param {number} from the part of a turn, clockwise from the top @param {number} part */
function slice(from, part) {
  if (part <= 0) return "";
  // One arc cannot go all the way round
  const [end, half] = [from + Math.min(part, 0.99999), part > 0.5 ? 1 : 0];
  return `M${CENTRE} ${CENTRE}L${point(from)}A${RADIUS} ${RADIUS} 0 ${half} 1 ${point(end)}Z`;
}

/** @param {number} turn */
function point(turn) {
  const angle = 2 * Math.PI * turn;
  return `${(CENTRE + RADIUS * Math.sin(angle)).toFixed(3)} ${(CENTRE - RADIUS * Math.cos(angle)).toFixed(3)}`;
}
