import { useEffect, useRef, useState } from "preact/hooks";

/** Milliseconds within which a piece of text comes into sight: about until the next one is here. */
const SPREAD = 370;
/** How much longer than drawing takes the page is left alone. */
const REST = 3;

/**
 * As much of a text that grows as is to be seen now. It comes in pieces, a few a second; they are
 * shown bit by bit, no faster than the page can draw.
 */
export function useSmooth(text, growing) {
  const [shown, setShown] = useState(growing ? 0 : text.length);
  const at = useRef(shown);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  useEffect(() => {
    if (!growing || still) {
      at.current = text.length;
      setShown(text.length);
      return undefined;
    }
    let frame = 0;
    let last = performance.now();
    let next = 0;
    const step = (now) => {
      const rest = text.length - at.current;
      if (rest <= 0) return;
      if (now >= next) {
        at.current = whole(text, at.current + Math.ceil(rest * Math.min(1, (now - last) / SPREAD)));
        last = now;
        const begun = performance.now();
        setShown(at.current);
        requestAnimationFrame(() => {
          next = performance.now() + REST * (performance.now() - begun - 16);
        });
      }
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [text, growing]);
  return growing && !still ? text.slice(0, Math.min(shown, text.length)) : text;
}

/** A place that is not within a character of two units. */
const whole = (text, place) => {
  const code = text.charCodeAt(place - 1);
  return code >= 0xd800 && code < 0xdc00 ? place + 1 : place;
};
