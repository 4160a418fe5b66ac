import MarkdownIt from "markdown-it";

const EMBEDDED = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

/** Whether an address is that of a picture which a page can show by itself. */
export const isEmbedded = (address) => EMBEDDED.test(address);

const reader = new MarkdownIt({ html: false, linkify: true });
reader.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

/** Any picture is a mark here; `fragment.js` makes an image of it, or a button that loads it. */
reader.renderer.rules.image = (tokens, place, options, env, self) => {
  const token = tokens[place];
  const { escapeHtml } = reader.utils;
  const name = self.renderInlineAsText(token.children ?? [], options, env);
  return `<span data-picture="${escapeHtml(token.attrGet("src") ?? "")}">${escapeHtml(name)}</span>`;
};

/** The side of a column is a class: no style gets through. */
for (const rule of ["th_open", "td_open"]) {
  reader.renderer.rules[rule] = (tokens, place, options, _env, self) => {
    const token = tokens[place];
    const side = /right|center/.exec(token.attrGet("style") ?? "");
    token.attrs = side ? [["class", `wb-${side[0]}`]] : null;
    return self.renderToken(tokens, place, options);
  };
}

/** The HTML of `text`, not yet cleaned. */
export const html = (text) => reader.render(text);

/**
 * How many characters of a text that still grows will be read the same whatever comes: all but its
 * last block, in which a line may change what stands before it.
 */
export function settled(text) {
  const blocks = reader.parse(text, {}).filter(({ level, map }) => level === 0 && map);
  const last = blocks.at(-1)?.map[0] ?? 0;
  let place = 0;
  for (let line = 0; line < last; line++) place = text.indexOf("\n", place) + 1;
  return place;
}
