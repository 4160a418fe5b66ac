import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { Head } from "./head.jsx";
import { moved } from "./keys.js";
import { marker } from "./marks.jsx";
import { Row } from "./row.jsx";
import { ROW, Scroll } from "./scroll.js";
import { useWidths } from "./widths.js";

const SEEN = 15;
const HEAD = 32;
const SPARE = 2;

/** The rows that are seen, of as many as there are; the keyboard goes through all of them. */
export function Table({ store, label, active, setActive, onOpen }) {
  const scroller = useRef(null);
  const [scroll] = useState(() => new Scroll());
  const [, redraw] = useReducer((count) => count + 1, 0);
  const anchor = useRef(0);
  const focusing = useRef(false);
  const { total, names } = store;
  const view = ROW * Math.min(Math.max(total, 1), SEEN);
  scroll.measure(total, view);
  const first = Math.max(0, Math.floor(scroll.at / ROW) - SPARE);
  const last = Math.min(total, Math.ceil((scroll.at + view) / ROW) + SPARE);
  const place = {
    row: Math.min(active.row, total - 1),
    column: Math.min(active.column, names.length),
  };

  const go = (at) => {
    scroller.current.scrollTop = scroll.to(at);
    redraw();
  };
  useEffect(() => store.see(first, last - first), [first, last, store.version]);
  useEffect(() => {
    anchor.current = 0;
    go(0);
  }, [store.resets]);
  useLayoutEffect(() => {
    if (!focusing.current) return;
    focusing.current = false;
    const cell = scroller.current.querySelector('[tabindex="0"]');
    cell?.focus({ preventScroll: true });
    aside(scroller.current, cell?.closest("[role]"));
  });
  useEffect(() => {
    let timer;
    const settle = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        scroller.current.scrollTop = scroll.to(scroll.at);
      }, 250);
    };
    scroller.current.addEventListener("scroll", settle, { passive: true });
    return () => clearTimeout(timer);
  }, []);

  const pick = (row, { shiftKey, ctrlKey, metaKey }) => {
    const more = ctrlKey || metaKey;
    if (shiftKey) {
      const [start, end] = [anchor.current, row].sort((a, b) => a - b);
      store.select(more ? "add" : "only", start, end + 1);
    } else {
      anchor.current = row;
      store.select(more ? "toggle" : "only", row, row + 1);
    }
  };
  const onKey = (event) => {
    const { key, shiftKey } = event;
    const more = event.ctrlKey || event.metaKey;
    const size = { rows: total, columns: names.length + 1, page: SEEN - 1 };
    const to = moved(key, more, place, size);
    if (to !== null) {
      focusing.current = true;
      scroller.current.focus({ preventScroll: true }); // what has the focus now may leave the page
      setActive(to);
      if (to.row >= 0) go(scroll.showing(to.row));
      if (shiftKey && to.row >= 0 && to.row !== place.row) pick(to.row, { shiftKey });
    } else if (more && key.toLowerCase() === "a") store.select("only", 0, total);
    else if (place.row < 0) return;
    else if (key === "Enter") onOpen(place.row);
    else if (key === " ") pick(place.row, shiftKey ? event : { ctrlKey: true });
    else return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has keys of its own
  };

  const rows = [];
  for (let at = first; at < last; at++) rows.push(at);
  // What has the focus stays in the page, wherever that is scrolled to.
  if (place.row >= last) rows.push(place.row);
  else if (place.row >= 0 && place.row < first) rows.unshift(place.row);
  const widths = useWidths(store);
  const shared = { store, place, marks: marker(store.query.search), pick, setActive, onOpen };
  return (
    <div
      class="wb-grid-scroll"
      ref={scroller}
      role="grid"
      tabIndex={-1}
      aria-label={label}
      aria-multiselectable="true"
      aria-rowcount={store.open ? -1 : total + 1}
      aria-colcount={names.length + 1}
      aria-busy={store.looking !== null}
      style={{ height: `${HEAD + view + 14}px` }}
      onScroll={() => {
        scroll.moved(scroller.current.scrollTop);
        redraw();
      }}
      onKeyDown={onKey}
    >
      <div
        role="presentation"
        style={{ minWidth: `${widths.least}px`, "--columns": widths.template }}
      >
        <Head store={store} place={place} setActive={setActive} />
        <div role="rowgroup" style={{ height: `${scroll.height}px` }}>
          <div class="wb-grid-layer" role="presentation" style={{ height: `${view}px` }}>
            {rows.map((at) => (
              <Row key={at} at={at} y={within(at * ROW - scroll.at, view)} {...shared} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

const within = (y, view) => Math.max(-4 * ROW, Math.min(y, view + 4 * ROW));

/** Scroll sideways until a cell is seen. */
function aside(scroller, cell) {
  if (!cell) return;
  const end = cell.offsetLeft + cell.offsetWidth;
  if (cell.offsetLeft < scroller.scrollLeft) scroller.scrollLeft = cell.offsetLeft;
  else if (end > scroller.scrollLeft + scroller.clientWidth) {
    scroller.scrollLeft = end - scroller.clientWidth;
  }
}
