/** Where people type: messages, slash commands, files. */

import { Completion } from "./completion.js";
import { h, iconButton } from "./dom.js";
import { openEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { bytes } from "./message.js";
import { openShortcuts } from "./shortcuts.js";
import { sayTrouble, toast } from "./toasts.js";

const TALLEST = 260; // pixels

/** @typedef {typeof import("../store.js").store} Store */
/** @typedef {{channel: string, thread: string | null, name: string}} Target  `name` as in “Message #support” */

export class Composer {
  #store;
  /** @type {Target | undefined} */
  #target;
  /** @type {File[]} */
  #files = [];
  /** What was typed elsewhere and not sent. @type {Map<string, {text: string, files: File[]}>} */
  #drafts = new Map();
  #draft = "";
  #attached = h("ul", { class: "attached", hidden: true, "aria-label": "Files to send" });
  #input = h("textarea", { rows: 1, enterkeyhint: "send", spellcheck: "true" });
  #upload = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    "aria-label": "Files to upload",
    onchange: () => this.#attach(),
  });
  #send = iconButton(icon("send"), "Send now", { class: "icon-button send", onclick: () => this.#submit() });
  #completion;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.#completion = new Completion(store, this.#input);
    this.#input.addEventListener("input", () => this.#fit());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#input.addEventListener("paste", (event) => this.#add(event.clipboardData?.files));
    const box = h("div", { class: "composer-box" }, this.#attached, this.#input, this.#tools());
    this.element = h("div", { class: "composer" }, this.#completion.element, box);
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#add(event.dataTransfer?.files);
    });
  }

  /** Where what is typed goes from now on; what was begun elsewhere waits there. @param {Target} target */
  aim(target) {
    const draft = `${this.#store.me} ${target.channel} ${target.thread}`;
    this.#input.placeholder = target.name;
    this.#input.setAttribute("aria-label", target.name);
    this.#target = target;
    if (draft === this.#draft) return;
    const begun = { text: this.#input.value, files: this.#files };
    const isFirst = !this.#draft; // what was begun before anything was shown is meant for it
    this.#drafts.set(this.#draft, begun);
    this.#draft = draft;
    const { text, files } = isFirst ? begun : (this.#drafts.get(draft) ?? { text: "", files: [] });
    this.#write(text, files);
  }

  focus() {
    this.#input.focus();
  }

  #tools() {
    const upload = iconButton(icon("plus"), "Attach files", { onclick: () => this.#upload.click() });
    const smile = iconButton(icon("smile"), "Emoji", {
      "aria-haspopup": "dialog",
      onclick: () => openEmoji(smile, (name) => this.#insert(`:${name}: `)),
    });
    const mention = iconButton(icon("at"), "Mention someone", { onclick: () => this.#insert("@") });
    const shortcuts = iconButton(icon("bolt"), "Shortcuts", {
      "aria-haspopup": "menu",
      onclick: () => openShortcuts(this.#store, shortcuts),
    });
    return h("div", { class: "composer-tools" }, this.#upload, upload, smile, mention, shortcuts, this.#send);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const isTaken = this.#completion.take(event);
    if (!isTaken && (event.key !== "Enter" || event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!isTaken) this.#submit();
  }

  async #submit() {
    const [target, draft] = [this.#target, this.#draft];
    const [text, files] = [this.#input.value, this.#files];
    if (!target || (!text.trim() && !files.length)) return;
    if (target.thread && text.startsWith("/")) {
      toast(`${text.split(/\s/)[0]} is not supported in threads. Sorry!`);
      return;
    }
    this.#write("", []);
    const result = await this.#sent(target, text, files);
    sayTrouble(result);
    if (!result.ok) this.#giveBack(draft, text, files);
  }

  /** @param {Target} target @param {string} text @param {File[]} files */
  #sent({ channel, thread }, text, files) {
    if (text.startsWith("/")) return this.#store.do("command", { channel, text });
    return this.#store.do("say", {
      channel,
      text,
      ...(thread ? { threadTs: thread } : {}),
      files: files.map(({ name, type, size }) => ({ name, mimetype: type || "application/octet-stream", size })),
    });
  }

  /** What could not be sent is there again, unless something else was typed. @param {string} draft
   * @param {string} text @param {File[]} files */
  #giveBack(draft, text, files) {
    if (draft !== this.#draft) this.#drafts.set(draft, { text, files });
    else if (!this.#input.value && !this.#files.length) this.#write(text, files);
  }

  /** @param {string} words */
  #insert(words) {
    const { selectionStart: start, selectionEnd: end, value } = this.#input;
    const space = start > 0 && !/\s$/.test(value.slice(0, start)) ? " " : "";
    this.#input.focus();
    this.#input.setRangeText(space + words, start, end, "end");
    this.#input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #attach() {
    this.#add(this.#upload.files);
    this.#upload.value = "";
    this.#input.focus();
  }

  /** @param {FileList | null | undefined} files */
  #add(files) {
    if (files?.length) this.#write(this.#input.value, [...this.#files, ...files]);
  }

  /** @param {string} text @param {File[]} files */
  #write(text, files) {
    this.#files = files;
    if (this.#input.value !== text) this.#input.value = text;
    this.#completion.close();
    this.#attached.hidden = !files.length;
    this.#attached.replaceChildren(...files.map((file) => this.#chip(file)));
    this.#fit();
  }

  /** @param {File} file */
  #chip(file) {
    const remove = () => {
      this.#write(this.#input.value, this.#files.filter((each) => each !== file));
      this.#input.focus();
    };
    return h(
      "li",
      { class: "file" },
      h("span", { class: "file-icon" }, icon("file")),
      h("span", { class: "file-name" }, file.name),
      h("span", { class: "soft" }, bytes(file.size)),
      iconButton(icon("close"), `Remove ${file.name}`, { onclick: remove }),
    );
  }

  #fit() {
    this.#input.style.height = "auto";
    this.#input.style.height = `${Math.min(this.#input.scrollHeight, TALLEST)}px`;
    this.#send.disabled = !this.#input.value.trim() && !this.#files.length;
  }
}
