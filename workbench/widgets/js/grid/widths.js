import { useRef } from "preact/hooks";

/** The width of each column, by its name and its first values; the widest takes what is left. */
export function useWidths(store) {
  const key = store.shown.join();
  const kept = useRef({});
  if (kept.current.key !== key) kept.current = { key, ...widths(store) };
  return kept.current;
}

function widths(store, rows = 20) {
  const sizes = store.names.map(({ name }, number) => {
    const texts = [];
    for (let at = 0; at < rows; at++) texts.push(store.row(at)?.cells[number]?.length ?? 0);
    return Math.min(Math.max(name.length + 3, ...texts.map((each) => each + 1)) * 7.2 + 18, 300);
  });
  const widest = sizes.indexOf(Math.max(...sizes));
  const template = sizes.map((size, each) =>
    each === widest ? `minmax(${Math.round(size)}px, 1fr)` : `${Math.round(size)}px`,
  );
  return {
    least: 38 + sizes.reduce((sum, each) => sum + Math.round(each), 0),
    template: ["38px", ...template].join(" "),
  };
}
