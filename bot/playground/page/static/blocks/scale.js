/** The steps of a chart's axis. */

const STEPS = [1, 2, 2.5, 5, 10];
const WANTED = 5;

/** Round numbers from below the least to above the most, zero among them. @param {number[]} values */
export function ticks(values) {
  const least = Math.min(0, ...values);
  const most = Math.max(0, ...values);
  const rough = (most - least || 1) / WANTED;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * /** @type {number} */ (STEPS.find((each) => each * power >= rough));
  const [first, last] = [Math.floor(least / step), Math.ceil(most / step)];
  return Array.from({ length: Math.max(last - first, 1) + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}

/** `1,200` and, where there is no room, `1.2M`. @param {number} value */
export function short(value) {
  return value.toLocaleString("en-US", {
    notation: Math.abs(value) < 1e5 ? "standard" : "compact",
    maximumFractionDigits: 2,
  });
}
