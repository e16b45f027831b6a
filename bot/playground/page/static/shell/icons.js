/** The page's icons, drawn as lines on a field of 20 by 20. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  hash: "M8 3 6 17M14 3l-2 14M3.5 7.5h14M2.5 12.5h14",
  shared: "M7.5 10h5M8 6.5H6a3.5 3.5 0 0 0 0 7h2M12 6.5h2a3.5 3.5 0 0 1 0 7h-2",
  lock: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3",
  bolt: "M11 2 4 11h5l-1 7 8-10h-5z",
  smile: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M7.2 7.8v.4M12.8 7.8v.4M6.5 11.5a3.8 3.8 0 0 0 7 0",
  smileAdd: "M16.5 8.3A7 7 0 1 1 11.2 3M7 8v.4M11.8 8v.4M6 11.3a3.6 3.6 0 0 0 6.8 0M16 1.5v5M13.5 4h5",
  reply: "M3 4h14v9.5h-6L7 17v-3.5H3zM6.5 8h7M6.5 10.5h4",
  more: "M10 4.5v.1M10 10v.1M10 15.5v.1",
  plus: "M10 4v12M4 10h12",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0v1a2.2 2.2 0 0 0 4.5 0V10A7.5 7.5 0 1 0 14 16.3",
  send: "M3 3.5 17.5 10 3 16.5 5 10zM5 10h6",
  close: "M5 5l10 10M15 5 5 15",
  back: "M12 4l-6 6 6 6",
  chevron: "M6 8l4 4 4-4",
  down: "M10 4v12M5 11l5 5 5-5",
  theme: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14v14M10 6h4M10 9h6.5M10 12h6M10 15h3.5",
  inspect: "M7 6 3 10l4 4M13 6l4 4-4 4M11 4 9 16",
  file: "M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5M10 7.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4",
  pencil: "M4 16l.8-3.4L13.5 4l2.6 2.6-8.7 8.6z",
  trash: "M3.5 5.5h13M8 5V3h4v2M5.5 5.5l.7 11.5h7.6l.7-11.5",
  moon: "M15.8 12.2A6.5 6.5 0 0 1 7.8 4.2 6.5 6.5 0 1 0 15.8 12.2z",
  home: "M3 9.5 10 3l7 6.5M5 8v9h3.5v-5h3v5H15V8",
  message: "M3 4.5h14v9h-7L6 17v-3.5H3z",
  desk: "M3.5 12a6.5 6.5 0 0 1 13 0zM2 15h16M10 5.5V4M8.5 4h3",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
