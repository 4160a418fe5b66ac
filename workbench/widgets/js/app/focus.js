import { useEffect, useRef } from "preact/hooks";

/**
 * Moves the focus inside `place` to where the reader goes on when `what` changes: `find` gives the
 * element for it, from `what` and what it was before. What had the focus may be gone by then.
 */
export function useFocusOn(place, what, find) {
  const before = useRef(what);
  useEffect(() => {
    if (before.current === what) return;
    place.current?.querySelector(find(what, before.current))?.focus();
    before.current = what;
  }, [what]);
}

/** Enter in a field sends its form; JupyterLab keeps the browser from doing that by itself. */
export function sendOnEnter(event) {
  if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}
