/** Charts with axes: bars side by side, lines, areas. */

import { short, ticks } from "./scale.js";
import { svg } from "./svg.js";
import { plain } from "./text.js";

const [WIDTH, HEIGHT] = [560, 260];
const ROOM = { top: 12, right: 12, bottom: 30, left: 54 };
const NAME = 18; // what the name of an axis takes
const LETTER = 6.4; // how wide a letter is, about
const BARS = 0.7; // of a category's width

/**
 * @typedef {{label: string, value: number}} Point
 * @typedef {{name: string, data: Point[]}} Series
 * @typedef {{x: (category: number) => number, y: (value: number) => number, step: number}} Scales
 */

/** @param {{type: "bar" | "line" | "area", series: Series[],
 *   axis_config: {categories: string[], x_label?: string, y_label?: string}}} chart */
export function axisChart({ type, series, axis_config: { categories, x_label: below, y_label: beside } }) {
  const values = series.map(({ data }) =>
    categories.map((name) => data.find(({ label }) => label === name)?.value ?? 0),
  );
  const steps = ticks(values.flat());
  const left = ROOM.left + (beside ? NAME : 0);
  const bottom = HEIGHT - ROOM.bottom - (below ? NAME : 0);
  const [least, most] = [steps[0], steps[steps.length - 1]];
  const step = (WIDTH - left - ROOM.right) / categories.length;
  const scales = {
    step,
    x: (/** @type {number} */ category) => left + (category + 0.5) * step,
    y: (/** @type {number} */ value) => bottom - ((value - least) / (most - least)) * (bottom - ROOM.top),
  };
  const draw = { bar: bars, line: lines, area: areas }[type];
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "b-chart" },
    ...steps.flatMap((value) => gridline(value, left, scales)),
    ...categories.flatMap((name, at) => category(name, at, bottom, scales)),
    ...axisNames(below, beside),
    ...values.flatMap((each, at) => draw(each, at, series, categories, scales)),
  );
}

/** @param {number} value @param {number} left @param {Scales} scales */
function gridline(value, left, { y }) {
  const line = {
    x1: left,
    x2: WIDTH - ROOM.right,
    y1: y(value),
    y2: y(value),
    class: value === 0 ? "grid zero" : "grid",
  };
  return [svg("line", line), svg("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, short(value))];
}

/** A category's name, where there is room for it. @param {string} name @param {number} at @param {number} bottom
 * @param {Scales} scales */
function category(name, at, bottom, { x, step }) {
  const words = plain(name);
  const every = Math.ceil((3 * LETTER) / step);
  if (at % every) return [];
  const fits = Math.max(Math.floor((step * every) / LETTER) - 1, 2);
  const shown = words.length > fits ? `${words.slice(0, fits - 1)}…` : words;
  return [svg("text", { x: x(at), y: bottom + 20, "text-anchor": "middle" }, shown, svg("title", {}, words))];
}

/** @param {string | undefined} below @param {string | undefined} beside */
function axisNames(below, beside) {
  const middle = { "text-anchor": "middle", class: "axis-name" };
  return [
    ...(below ? [svg("text", { x: (WIDTH + ROOM.left) / 2, y: HEIGHT - 4, ...middle }, plain(below))] : []),
    ...(beside
      ? [svg("text", { transform: `translate(14 ${HEIGHT / 2 - 10}) rotate(-90)`, ...middle }, plain(beside))]
      : []),
  ];
}

/** @param {number[]} values @param {number} at @param {Series[]} series @param {string[]} categories @param {Scales} scales */
function bars(values, at, series, categories, { x, y, step }) {
  const width = (step * BARS) / series.length;
  return values.map((value, category) => {
    const box = {
      x: x(category) - (step * BARS) / 2 + at * width,
      y: Math.min(y(value), y(0)),
      width: Math.max(width - 2, 1),
      height: Math.abs(y(value) - y(0)),
      rx: 2,
      class: `bar series-${at}`,
    };
    return svg("rect", box, tip(series[at], categories[category], value));
  });
}

/** @param {number[]} values @param {number} at @param {Series[]} series @param {string[]} categories @param {Scales} scales */
function lines(values, at, series, categories, { x, y }) {
  const dot = (/** @type {number} */ value, /** @type {number} */ category) =>
    svg(
      "circle",
      { cx: x(category), cy: y(value), r: 3.5, class: `dot series-${at}` },
      tip(series[at], categories[category], value),
    );
  return [svg("path", { d: path(values, x, y), class: `line series-${at}` }), ...values.map(dot)];
}

/** @param {number[]} values @param {number} at @param {Series[]} series @param {string[]} categories @param {Scales} scales */
function areas(values, at, series, categories, scales) {
  const { x, y } = scales;
  const shape = `${path(values, x, y)}L${x(values.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`;
  return [svg("path", { d: shape, class: `area series-${at}` }), ...lines(values, at, series, categories, scales)];
}

/** @param {number[]} values @param {Scales["x"]} x @param {Scales["y"]} y */
function path(values, x, y) {
  return values.map((value, at) => `${at ? "L" : "M"}${x(at).toFixed(2)} ${y(value).toFixed(2)}`).join("");
}

/** @param {Series} series @param {string} category @param {number} value */
function tip({ name }, category, value) {
  return svg("title", {}, `${plain(name)}, ${plain(category)}: ${short(value)}`);
}
