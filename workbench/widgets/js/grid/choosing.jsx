import { useEffect, useState } from "preact/hooks";
import { Button, Field } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";
import { number } from "./store.js";

/** Buttons that each unfold something below them, one at a time. */
export function Unfolding({ label, parts }) {
  const [open, setOpen] = useState(null);
  const shown = parts.find(({ key }) => key === open);
  const close = (event) => {
    if (event.key !== "Escape" || open === null) return;
    event.stopPropagation();
    event.currentTarget.querySelector('[aria-expanded="true"]').focus();
    setOpen(null);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape is heard for the buttons inside
    <div class="wb-unfolding" onKeyDown={close}>
      <div class="wb-row" role="group" aria-label={label}>
        {parts.map(({ key, name, on }) => (
          <Button
            key={key}
            class={on ? "wb-on" : ""}
            aria-expanded={key === open}
            onClick={() => setOpen(key === open ? null : key)}
          >
            {name}
          </Button>
        ))}
      </div>
      {shown && <div class="wb-unfolded">{shown.body()}</div>}
    </div>
  );
}

/** The values of a column, those that are seen ticked. */
export function Values({ store, column }) {
  const { kernel, fail } = usePanel();
  const [offered, setOffered] = useState(null);
  const [like, setLike] = useState("");
  const chosen = filterOf(store, column)?.values ?? [];
  useEffect(() => {
    let late = false;
    const asked = kernel.ask("values", { column: column.place, like });
    asked.then((answer) => late || setOffered(answer), fail);
    return () => {
      late = true;
    };
  }, [like]);
  const toggle = (value) => {
    const values = chosen.includes(value)
      ? chosen.filter((each) => each !== value)
      : [...chosen, value];
    store.look({ filters: withFilter(store, column, values.length ? { values } : null) });
  };
  if (offered === null) return <p class="wb-quiet">…</p>;
  return (
    <>
      {(offered.more > 0 || offered.values.length > 15 || like) && (
        <Field label={`Find a ${column.name}`} inline>
          {(id) => <input id={id} value={like} onInput={(e) => setLike(e.currentTarget.value)} />}
        </Field>
      )}
      <div class="wb-values" role="group" aria-label={`Show only these: ${column.name}`}>
        {offered.values.map(([value, text, count]) => (
          <label key={value ?? "\0"} dir="auto">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={() => toggle(value)}
            />
            <span>{text ?? "NA"}</span> <span class="wb-quiet">{number(count)}</span>
          </label>
        ))}
      </div>
      {offered.more > 0 && <p class="wb-quiet">and {number(offered.more)} others</p>}
      <Button
        disabled={!chosen.length}
        onClick={() => store.look({ filters: withFilter(store, column, null) })}
      >
        All
      </Button>
    </>
  );
}

/** A column of numbers from one to another. */
export function Range({ store, column }) {
  const now = filterOf(store, column) ?? { low: null, high: null };
  const set = (end) => (event) => {
    const typed = event.currentTarget.value;
    const range = { low: now.low, high: now.high, [end]: typed === "" ? null : Number(typed) };
    const none = range.low === null && range.high === null;
    store.look({ filters: withFilter(store, column, none ? null : range) });
  };
  return (
    <div class="wb-row">
      {[
        ["low", "from"],
        ["high", "to"],
      ].map(([end, word]) => (
        <Field key={end} label={`${column.name} ${word}`} inline>
          {(id) => <input id={id} type="number" value={now[end] ?? ""} onInput={set(end)} />}
        </Field>
      ))}
    </div>
  );
}

/** Which columns are shown. */
export function Columns({ store }) {
  const toggle = (place) => {
    const { shown } = store;
    const next = shown.includes(place)
      ? shown.filter((each) => each !== place)
      : [...shown, place].sort((a, b) => a - b);
    if (next.length) store.show(next);
  };
  return (
    <div class="wb-values" role="group" aria-label="Columns that are shown">
      {store.columns.map(({ place, name }) => (
        <label key={place} dir="auto">
          <input
            type="checkbox"
            checked={store.shown.includes(place)}
            disabled={store.shown.length === 1 && store.shown.includes(place)}
            onChange={() => toggle(place)}
          />
          <span>{name}</span>
        </label>
      ))}
    </div>
  );
}

export const filterOf = (store, { place }) =>
  store.query.filters.find(({ column }) => column === place);

function withFilter({ query }, { place }, filter) {
  const others = query.filters.filter(({ column }) => column !== place);
  return filter === null ? others : [...others, { column: place, ...filter }];
}
