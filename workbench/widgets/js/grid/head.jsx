// biome-ignore-all lint/a11y/useFocusableInteractive: of a grid only one cell is in tab order
/** The names of the columns, each a button that sorts; before them the one that selects all. */
export function Head({ store, place, setActive }) {
  const { sort, descending } = store.query;
  const all = store.total > 0 && store.selected >= store.total;
  const next = (column) => {
    if (sort !== column) return { sort: column, descending: false };
    return descending ? { sort: null, descending: false } : { sort, descending: true };
  };
  const at = (column) => ({
    tabIndex: place.row < 0 && place.column === column ? 0 : -1,
    onFocus: () => setActive({ row: -1, column }),
  });
  return (
    <div role="rowgroup" class="wb-grid-head">
      <div role="row" aria-rowindex={1} class="wb-grid-row">
        <div role="columnheader" aria-colindex={1}>
          <button
            type="button"
            aria-label={all ? "Select none" : "Select all these rows"}
            onClick={() => store.select(all ? "none" : "only", 0, store.total)}
            {...at(0)}
          >
            <span class={all ? "wb-tick wb-on" : "wb-tick"} />
          </button>
        </div>
        {store.names.map(({ place: column, name, kind, dtype }, number) => {
          const way = sort === column ? (descending ? "descending" : "ascending") : "none";
          return (
            <div
              key={column}
              role="columnheader"
              aria-colindex={number + 2}
              aria-sort={way}
              class={`wb-${kind}`}
            >
              <button
                type="button"
                title={`${name}: ${dtype}`}
                onClick={() => store.look(next(column))}
                {...at(number + 1)}
              >
                <span class="wb-name">{name}</span>
                <span aria-hidden="true">{{ ascending: "▲", descending: "▼" }[way]}</span>
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}
