import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";
import { copied } from "./clipboard.js";
import { Marked, marker } from "./marks.jsx";
import { number } from "./store.js";

/** All of one row: each value as it is, the item as JSON. */
export function Detail({ store, at, onGo, onClose }) {
  const { kernel, fail, say } = usePanel();
  const [found, setFound] = useState(null);
  const heading = useRef(null);
  useEffect(() => {
    let late = false;
    kernel.ask("detail", { at }).then((answer) => late || setFound(answer), fail);
    return () => {
      late = true;
    };
  }, [at, store.version]);
  useEffect(() => heading.current.focus(), []);
  const copy = async (column) => {
    try {
      await copied((await kernel.ask("copy", { at, column })).text);
      say("Copied");
    } catch (problem) {
      fail(problem);
    }
  };
  const marks = marker(store.query.search);
  return (
    <section
      class="wb-detail"
      aria-label={`Row ${number(at + 1)}`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="wb-row">
        <h3 tabIndex={-1} ref={heading}>
          Row {number(at + 1)}
        </h3>
        <Button disabled={at === 0} onClick={() => onGo(at - 1)}>
          Previous
        </Button>
        <Button disabled={at + 1 >= store.total} onClick={() => onGo(at + 1)}>
          Next
        </Button>
        <Button onClick={onClose}>Close</Button>
      </div>
      <dl>
        {found?.fields.map(([place, text, more]) => (
          <Part key={place} column={store.columns[place]} {...{ text, more, marks, copy }} />
        ))}
      </dl>
    </section>
  );
}

function Part({ column, text, more, marks, copy }) {
  const { place, name, kind } = column;
  const nested = kind === "item";
  return (
    <div class="wb-part">
      <dt>
        <span>{name}</span>
        {text !== null && (
          <Button aria-label={`Copy ${name}`} onClick={() => copy(place)}>
            Copy
          </Button>
        )}
      </dt>
      <dd dir={nested ? "ltr" : "auto"} class={nested ? "wb-raw" : undefined}>
        {text === null ? <span class="wb-none">NA</span> : <Marked text={text} marks={marks} />}
        {more > 0 && <span class="wb-quiet"> [{number(more)} more characters; copy has all]</span>}
      </dd>
    </div>
  );
}
