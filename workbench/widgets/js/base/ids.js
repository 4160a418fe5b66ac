import { useState } from "preact/hooks";

/** Ids are for a whole page, and there may be several panels on it, each with a script of its own. */
const script = Math.random().toString(36).slice(2);
let count = 0;

/** An id that nothing else in the page has. Preact's own counts anew in each panel. */
export function useId() {
  const [id] = useState(() => `wb-${script}-${++count}`);
  return id;
}
