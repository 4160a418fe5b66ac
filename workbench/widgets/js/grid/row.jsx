// biome-ignore-all lint/a11y/useFocusableInteractive: of a grid only one cell is in tab order
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the grid hears all keys
import { Marked } from "./marks.jsx";

/** One row, `y` pixels below the upper edge of what is seen. */
export function Row({ at, y, store, place, marks, pick, setActive, onOpen }) {
  const row = store.row(at);
  const cell = (column) => ({
    "aria-colindex": column + 1,
    tabIndex: place.row === at && place.column === column ? 0 : -1,
    onFocus: () => setActive({ row: at, column }),
  });
  return (
    <div
      role="row"
      aria-rowindex={at + 2}
      aria-selected={row?.picked ?? false}
      aria-busy={row === undefined}
      class="wb-grid-row"
      style={{ transform: `translateY(${y}px)` }}
      onClick={(event) => pick(at, event)}
      onDblClick={() => onOpen(at)}
    >
      <div
        role="gridcell"
        {...cell(0)}
        aria-label={row?.picked ? "selected" : "not selected"}
        onClick={(event) => {
          event.stopPropagation();
          pick(at, event.shiftKey ? event : { ctrlKey: true });
        }}
      >
        <span class={row?.picked ? "wb-tick wb-on" : "wb-tick"} />
      </div>
      {store.names.map(({ place: column, kind }, number) => (
        <div key={column} role="gridcell" {...cell(number + 1)} class={`wb-${kind}`} dir="auto">
          <Value text={row === undefined ? "…" : row.cells[number]} kind={kind} marks={marks} />
        </div>
      ))}
    </div>
  );
}

function Value({ text, kind, marks }) {
  if (text === null || text === undefined) return <span class="wb-none">NA</span>;
  if (kind !== "text" && kind !== "snippet") return text;
  return <Marked text={text} marks={marks} found={kind === "snippet"} />;
}
