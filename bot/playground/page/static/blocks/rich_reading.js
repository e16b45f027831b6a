/** From what stands in an editor back to a rich_text block. */

const STYLES = /** @type {Record<string, string>} */ ({
  B: "bold",
  STRONG: "bold",
  I: "italic",
  EM: "italic",
  S: "strike",
  STRIKE: "strike",
  DEL: "strike",
  U: "underline",
  CODE: "code",
});
const LINES = new Set(["DIV", "P"]);
const PARTS = /** @type {Record<string, string>} */ ({ BLOCKQUOTE: "rich_text_quote", PRE: "rich_text_preformatted" });

/** The editor's content; null where it is empty. @param {HTMLElement} editor */
export function readRichText(editor) {
  const reader = new Reader();
  reader.children(editor, {});
  const elements = reader.parts.filter(({ elements }) => elements.length);
  if (!editor.textContent?.trim() && !editor.querySelector("img")) return null;
  return { type: "rich_text", elements };
}

class Reader {
  /** @type {any[]} */
  parts = [];

  /** @param {Node} parent @param {Record<string, true>} style */
  children(parent, style) {
    for (const child of parent.childNodes) this.node(child, style);
  }

  /** @param {Node} node @param {Record<string, true>} style */
  node(node, style) {
    if (node instanceof Text) return this.text(node.data, style);
    if (!(node instanceof HTMLElement)) return;
    const { tagName: tag } = node;
    if (node.dataset.rich) this.inline(JSON.parse(node.dataset.rich));
    else if (node instanceof HTMLImageElement) this.text(node.alt, style);
    else if (tag === "BR") this.text("\n", style);
    else if (tag === "UL" || tag === "OL") this.list(node, indentOf(node));
    else if (tag in PARTS) this.part(PARTS[tag], node);
    else if (LINES.has(tag)) this.line(node, style);
    else if (node instanceof HTMLAnchorElement) this.inline({ type: "link", url: node.href, text: node.textContent });
    else this.children(node, STYLES[tag] ? { ...style, [STYLES[tag]]: true } : style);
  }

  /** @param {HTMLElement} node @param {Record<string, true>} style */
  line(node, style) {
    if (this.section.elements.length) this.text("\n", style);
    // An empty line holds a <br> for the caret, which is no second line
    if (node.childNodes.length !== 1 || node.firstChild?.nodeName !== "BR") this.children(node, style);
  }

  /** @param {string} type @param {HTMLElement} node */
  part(type, node) {
    this.parts.push({ type, elements: readInside(node) });
  }

  /** A list, then those inside it, each with its indent. @param {HTMLElement} list @param {number} indent */
  list(list, indent) {
    const style = list.tagName === "OL" ? "ordered" : "bullet";
    for (const child of /** @type {HTMLElement[]} */ ([...list.children])) {
      if (child.tagName !== "LI") {
        this.list(child, indent + 1);
        continue;
      }
      const last = this.parts[this.parts.length - 1];
      const isOurs = last?.type === "rich_text_list" && last.style === style && last.indent === indent;
      if (!isOurs) this.parts.push({ type: "rich_text_list", style, indent, elements: [] });
      this.parts[this.parts.length - 1].elements.push({ type: "rich_text_section", elements: readInside(child) });
      for (const inner of /** @type {HTMLElement[]} */ ([...child.querySelectorAll(":scope > ul, :scope > ol")])) {
        this.list(inner, indent + 1);
      }
    }
  }

  /** @param {string} text @param {Record<string, true>} style */
  text(text, style) {
    if (!text) return;
    this.inline({ type: "text", text, ...(Object.keys(style).length ? { style } : {}) });
  }

  /** @param {any} element */
  inline(element) {
    const { elements } = this.section;
    const last = elements[elements.length - 1];
    const joins = last?.type === "text" && element.type === "text" && same(last.style, element.style);
    if (joins) last.text += element.text;
    else elements.push(element);
  }

  get section() {
    const last = this.parts[this.parts.length - 1];
    if (last?.type === "rich_text_section") return last;
    const section = { type: "rich_text_section", elements: [] };
    this.parts.push(section);
    return section;
  }
}

/** The inline elements of one line or part. @param {HTMLElement} node */
function readInside(node) {
  const reader = new Reader();
  for (const child of node.childNodes) {
    if (!["UL", "OL"].includes(child.nodeName)) reader.node(child, {});
  }
  return reader.parts.flatMap(({ elements }) => elements);
}

/** @param {HTMLElement} list as the renderer drew it */
function indentOf(list) {
  return Number(/indent-(\d)/.exec(list.className)?.[1] ?? 0);
}

/** @param {unknown} one @param {unknown} other */
function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
