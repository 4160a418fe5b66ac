import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { Stopped } from "../base/kernel.js";
import { usePanel } from "../base/panel.jsx";

/**
 * What a tab shows: asked for when it is opened, by its refresh button, and when the reader comes
 * back to the panel from elsewhere. What is there stays until the new answer is.
 */
export function useLoaded(verb, given = {}) {
  const { kernel } = usePanel();
  const [value, setValue] = useState(null);
  const [error, setError] = useState(null);
  const [loading, setLoading] = useState(false);
  const root = useRef(null);
  const asked = useRef(null);
  const load = async (more = given) => {
    asked.current?.stop();
    const mine = kernel.ask(verb, more);
    asked.current = mine;
    setLoading(true);
    try {
      const answer = await mine;
      if (asked.current !== mine) return;
      setValue(answer);
      setError(null);
    } catch (problem) {
      if (asked.current === mine && !(problem instanceof Stopped)) setError(problem.message);
    } finally {
      if (asked.current === mine) setLoading(false);
    }
  };
  useEffect(() => {
    load();
    const panel = root.current.closest(".wb-frame");
    const back = ({ relatedTarget }) => {
      if (!panel.contains(relatedTarget)) load();
    };
    panel.addEventListener("focusin", back);
    return () => {
      panel.removeEventListener("focusin", back);
      asked.current?.stop();
      asked.current = null;
    };
  }, []);
  return { value, error, loading, load, root };
}

/** A tab around what it has loaded; `children` is a function of that. */
export function Loaded({ of: { value, error, loading, load, root }, children, tools = null }) {
  return (
    <div class="wb-loaded" ref={root} data-loading={loading}>
      <div class="wb-row wb-tools">
        {tools}
        <Button class="wb-refresh" busy={loading} onClick={() => load()}>
          {loading ? "Refreshing…" : "Refresh"}
        </Button>
      </div>
      {error && (
        <p class="wb-problem" role="alert">
          <span dir="auto">{error}</span>
        </p>
      )}
      {value === null ? error === null && <p class="wb-quiet">…</p> : children(value)}
    </div>
  );
}

/** A table that scrolls inside itself where it is too wide, also by keyboard. */
export function Scrolling({ label, children }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="wb-scrolling" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

export const count = (number) => number.toLocaleString("en");

export const some = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
