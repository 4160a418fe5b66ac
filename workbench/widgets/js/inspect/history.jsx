import { useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";
import { count, some } from "./loaded.jsx";

/** The compactions of the past, the newest first; each lets one look under its summary. */
export function History({ compactions }) {
  return (
    <ol class="wb-history">
      {compactions.map((each) => (
        <Done key={each.id} {...each} />
      ))}
    </ol>
  );
}

function Done({ id, at, count: size, summary, last, again }) {
  const { kernel, fail } = usePanel();
  const [items, setItems] = useState(null);
  const [total, setTotal] = useState(size);
  const more = async () => {
    try {
      const page = await kernel.ask("under", { id, start: items?.length ?? 0 });
      setItems([...(items ?? []), ...page.items]);
      setTotal(page.total);
    } catch (problem) {
      fail(problem);
    }
  };
  return (
    <li>
      <div class="wb-row">
        <time datetime={at}>{new Date(at).toLocaleString()}</time>
        <span class="wb-quiet">
          {some(size, "item")} became one summary
          {last && ", the last one"}
          {again && ", which was summarised again later"}
        </span>
        <Button aria-expanded={items !== null} onClick={items ? () => setItems(null) : more}>
          {items ? "Hide what was there" : "Look under it"}
        </Button>
      </div>
      {summary && (
        <div class="wb-said wb-summary" dir="auto">
          {summary}
        </div>
      )}
      {items && (
        <ol class="wb-under" aria-label="What was summarised">
          {items.map(({ role, type, text }, place) => (
            <li key={place}>
              <span class="wb-role">{role || type}</span>
              <span class="wb-said" dir="auto">
                {text || type}
              </span>
            </li>
          ))}
        </ol>
      )}
      {items && items.length < total && <Button onClick={more}>Show more of {count(total)}</Button>}
    </li>
  );
}
