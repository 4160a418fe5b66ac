import { useEffect, useRef } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { useId } from "../base/ids.js";
import { usePanel } from "../base/panel.jsx";
import { pieces } from "./board.js";
import { Keep } from "./keep.jsx";

const STATES = {
  waiting: "waits",
  asking: "answers …",
  done: "done",
  pending: "waits for an approval",
  failed: "failed",
  cancelled: "stopped",
};
const UNDER_WAY = ["waiting", "asking"];

/** What one of the compared says, in each of its runs. */
export function Column({ title, cells, running, keepable }) {
  const { kernel, fail } = usePanel();
  const id = useId();
  const busy = running && cells.some(({ state }) => UNDER_WAY.includes(state));
  return (
    <section class="wb-column" aria-labelledby={id}>
      <header>
        <h3 id={id} dir="auto">
          {title}
        </h3>
        {busy && (
          <Button
            danger
            aria-label={`Stop ${title}`}
            onClick={() => kernel.ask("stop", { column: title }).catch(fail)}
          >
            Stop
          </Button>
        )}
      </header>
      {cells.map((cell, run) => (
        <Cell key={run} cell={cell} title={title} run={cells.length > 1 ? run + 1 : 0}>
          {keepable && KEEPABLE.includes(cell.state) && <Keep title={title} run={run + 1} />}
        </Cell>
      ))}
    </section>
  );
}

const KEEPABLE = ["done", "pending"];

function Cell({ cell, title, run, children }) {
  const { state, text, error, calls, marks } = cell;
  return (
    <div class="wb-cell" data-state={state}>
      <p class="wb-state">
        {run > 0 && `Run ${run}: `}
        {STATES[state] ?? state}
        {calls.length > 0 && <span dir="auto"> · tools: {calls.join(", ")}</span>}
      </p>
      {text && <Reply text={text} marks={marks} label={`Reply of ${title}`} />}
      {error && state === "failed" && (
        <p class="wb-failed" dir="auto">
          {error}
        </p>
      )}
      {children}
    </div>
  );
}

/** The text with its marks; while it grows its end stays in sight, unless the reader went up. */
function Reply({ text, marks, label }) {
  const box = useRef(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const { current: el } = box;
    if (atEnd.current && marks.length === 0) el.scrollTop = el.scrollHeight;
  }, [text]);
  const scrolled = ({ currentTarget: el }) => {
    atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < 24;
  };
  return (
    <div
      class="wb-reply"
      dir="auto"
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      ref={box}
      onScroll={scrolled}
    >
      {pieces(text, marks).map(([part, differs], place) =>
        differs ? <mark key={place}>{part}</mark> : part,
      )}
    </div>
  );
}
