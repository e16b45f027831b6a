/** Images. Only those that come with the page are loaded: it fetches nothing from elsewhere. */

import { h } from "../shell/dom.js";
import { icon } from "./icons.js";
import { safe } from "./references.js";
import { plain } from "./text.js";

/** An image element, or its words in a frame where it stands on another site.
 * @param {any} image @param {"small" | "large"} size */
export function renderImage({ image_url: url, slack_file: file, alt_text: words }, size) {
  const src = url ?? file?.url ?? "";
  const alt = plain(words);
  if (isOurs(src)) return h("img", { src, alt, class: `b-image ${size}` });
  const href = safe(src);
  const frame = h(
    "span",
    { class: `b-image away ${size}`, role: "img", "aria-label": alt, title: alt },
    icon("picture"),
  );
  if (size === "small") return frame;
  frame.append(h("span", {}, alt));
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, frame) : frame;
}

/** @param {string} src */
function isOurs(src) {
  return src.startsWith("data:image/") || src.startsWith(`${location.origin}/`);
}
