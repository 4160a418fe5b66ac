import DOMPurify from "dompurify";
import { coloured } from "./code.js";
import { html, isEmbedded } from "./reader.js";

const RULES = {
  ALLOWED_TAGS: [
    ..."p br hr em strong s a code pre blockquote ul ol li span".split(" "),
    ..."h1 h2 h3 h4 h5 h6 table thead tbody tr th td".split(" "),
  ],
  ALLOWED_ATTR: ["href", "title", "class", "start", "data-picture"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  ADD_URI_SAFE_ATTR: ["data-picture"],
  RETURN_DOM_FRAGMENT: true,
};
const BLOCKS = "p, li, h1, h2, h3, h4, h5, h6, blockquote, th, td";

/** What `text` says in Markdown, as nodes that load nothing, run nothing and open nothing unasked.
 *
 * `open` is a text that still grows: its code is coloured later, when it is whole.
 */
export function fragment(text, { open = false } = {}) {
  const made = DOMPurify.sanitize(html(text), RULES);
  for (const each of made.querySelectorAll(BLOCKS)) each.dir = "auto";
  for (const each of made.querySelectorAll("a")) armed(each);
  for (const each of made.querySelectorAll("[data-picture]")) each.replaceWith(picture(each));
  for (const each of made.querySelectorAll("pre")) each.replaceWith(block(each, open));
  for (const each of made.querySelectorAll("table")) scrolling(each);
  return made;
}

/** A link opens elsewhere, and does not tell whence; one that leads nowhere is text. */
function armed(link) {
  if (!link.hasAttribute("href")) {
    link.replaceWith(...link.childNodes);
    return;
  }
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
}

function picture(mark) {
  const { picture: address } = mark.dataset;
  const name = mark.textContent;
  if (isEmbedded(address)) return image(address, name);
  if (!/^https?:\/\//i.test(address)) return document.createTextNode(name || "[image]");
  const button = made("button", "wb-button wb-picture");
  button.type = "button";
  button.textContent = `Load the image${name ? ` “${name}”` : ""} from ${host(address)}`;
  button.title = address;
  button.addEventListener("click", () => button.replaceWith(image(address, name)));
  return button;
}

function image(address, name) {
  const shown = made("img", "wb-image");
  shown.alt = name;
  shown.referrerPolicy = "no-referrer";
  shown.loading = "lazy";
  shown.src = address;
  return shown;
}

function host(address) {
  try {
    return new URL(address).host;
  } catch {
    return "elsewhere";
  }
}

/** A block of code: its language, a button that copies it, and its words in colours. */
function block(pre, open) {
  const code = pre.textContent;
  const language = /language-([\w+#.-]+)/.exec(pre.firstElementChild?.className ?? "")?.[1] ?? "";
  const box = made("div", "wb-codeblock");
  const head = made("div", "wb-codehead");
  const name = made("span", "wb-quiet");
  name.textContent = language;
  head.append(name, copier(code));
  const shown = made("pre", "wb-pre");
  shown.tabIndex = 0;
  shown.setAttribute("role", "region");
  shown.setAttribute("aria-label", language ? `Code in ${language}` : "Code");
  const inner = made("code", "hljs");
  const marked = open ? null : coloured(code, language.toLowerCase());
  if (marked === null) inner.textContent = code;
  else {
    const rules = { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true };
    inner.append(DOMPurify.sanitize(marked, rules));
  }
  shown.append(inner);
  box.append(head, shown);
  return box;
}

function copier(code) {
  const button = made("button", "wb-button wb-plain wb-copy");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the code");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code).then(
      () => said(button, "Copied"),
      () => said(button, "Not allowed"),
    );
  });
  return button;
}

function said(button, word) {
  button.textContent = word;
  setTimeout(() => {
    button.textContent = "Copy";
  }, 1500);
}

/** A table that is too wide scrolls by itself, by keys too. */
function scrolling(table) {
  const box = made("div", "wb-scroll");
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Table");
  table.replaceWith(box);
  box.append(table);
}

function made(tag, className) {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}
