import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { usePanel } from "./panel.jsx";

/** The library of `../markdown`: one for the page, whichever panel asked for it first. */
const SHARED = Symbol.for("workbench.markdown");

/** Fetched from the kernel once; a promise. */
export function library(kernel) {
  globalThis[SHARED] ??= fetched(kernel).catch((problem) => {
    delete globalThis[SHARED];
    throw problem;
  });
  return globalThis[SHARED];
}

async function fetched(kernel) {
  const source = await kernel.ask("library", { name: "markdown" });
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    const module = await import(address);
    globalThis[SHARED].ready = module;
    return module;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** The library, or null until it has come: the text is shown as it is till then. */
function useLibrary(kernel) {
  const [, set] = useState(0);
  const ready = globalThis[SHARED]?.ready ?? null;
  useEffect(() => {
    if (ready) return;
    library(kernel).then(
      () => set(1),
      () => {}, // what is shown is the text, then
    );
  }, []);
  return ready;
}

/**
 * Markdown as a reader sees it: sanitised, with code in colours. See `../markdown/fragment.js`.
 *
 * A text that `grows` is read anew only from its last block on; when it does so no more, that one
 * block is read once again.
 */
export function Markdown({ text, grows = false }) {
  const { kernel } = usePanel();
  const markdown = useLibrary(kernel);
  const root = useRef(null);
  const shown = useRef(null);
  useLayoutEffect(() => {
    if (!markdown) return;
    shown.current ??= new Shown(root.current, markdown);
    shown.current.show(text, grows);
  }, [markdown, text, grows]);
  return (
    <div class="wb-markdown" dir="auto">
      {markdown ? <div ref={root} /> : <div class="wb-plaintext">{text}</div>}
    </div>
  );
}

/** What stands in `root`: nodes of what is settled, and behind them those of the last block. */
class Shown {
  #root;
  #markdown;
  #text = "";
  #settled = 0;
  #last = [];
  #whole = false;

  constructor(root, markdown) {
    this.#root = root;
    this.#markdown = markdown;
  }

  show(text, grows) {
    if (text === this.#text && this.#whole === !grows) return;
    if (!text.startsWith(this.#text) || this.#whole) this.#clear();
    this.#text = text;
    this.#whole = !grows;
    const rest = text.slice(this.#settled);
    if (!grows) {
      this.#replace(this.#markdown.fragment(rest));
      return;
    }
    const more = this.#markdown.settled(rest);
    if (more) {
      this.#replace(this.#markdown.fragment(rest.slice(0, more)));
      this.#settled += more;
      this.#last = [];
    }
    this.#replace(this.#markdown.fragment(rest.slice(more), { open: true }));
  }

  #replace(nodes) {
    const old = this.#last;
    this.#last = [...nodes.childNodes];
    for (const each of old) each.remove();
    this.#root.append(nodes);
  }

  #clear() {
    this.#root.replaceChildren();
    this.#settled = 0;
    this.#last = [];
  }
}
