/**
 * Markdown as a reader sees it. Built into a script of its own, which panels fetch from the kernel
 * when they show the first text (`base/markdown.jsx`), so that a page has it once, however many
 * panels there are.
 */
export { fragment } from "./fragment.js";
export { settled } from "./reader.js";
