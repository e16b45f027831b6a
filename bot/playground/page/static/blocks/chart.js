/** Charts: the data_visualization block, as SVG. Its numbers stand in a table for those who do not see it. */

import { h } from "../shell/dom.js";
import { axisChart } from "./axis_chart.js";
import { pieChart } from "./pie_chart.js";
import { short } from "./scale.js";
import { plain, renderPlain } from "./text.js";

/** @param {any} block */
export function renderChart({ title, chart }) {
  const isPie = chart.type === "pie";
  const drawing = isPie ? pieChart(chart.segments) : axisChart(chart);
  const names = isPie ? chart.segments.map(share) : chart.series.map((/** @type {any} */ each) => each.name);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", `${plain(title)}: ${chart.type} chart`);
  return h(
    "figure",
    { class: isPie ? "pie" : "axes" },
    h("figcaption", {}, renderPlain(title)),
    drawing,
    (isPie || names.length > 1) && legend(names),
    figures(chart, plain(title)),
  );
}

/** @param {any} segment @param {number} _ @param {any[]} segments */
function share({ label, value }, _, segments) {
  const sum = segments.reduce((total, each) => total + Math.max(each.value, 0), 0) || 1;
  return `${label}: ${short(value)} (${Math.round((100 * Math.max(value, 0)) / sum)} %)`;
}

/** @param {string[]} names */
function legend(names) {
  const entry = (/** @type {string} */ name, /** @type {number} */ at) =>
    h("li", {}, h("span", { class: `b-key series-${at}` }), renderPlain(name));
  return h("ul", { class: "b-legend", "aria-hidden": "true" }, ...names.map(entry));
}

/** The numbers in words. @param {any} chart @param {string} title */
function figures({ segments, series }, title) {
  const all = series ?? [{ name: "", data: segments }];
  const row = (/** @type {string} */ name, /** @type {any} */ point) =>
    h("tr", {}, h("th", { scope: "row" }, plain(`${name} ${point.label}`.trim())), h("td", {}, short(point.value)));
  const rows = all.flatMap(({ name, data }) => data.map((/** @type {any} */ point) => row(name, point)));
  return h("table", { class: "unseen" }, h("caption", {}, title), h("tbody", {}, ...rows));
}
