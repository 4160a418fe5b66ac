import { Component } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Heights } from "./heights.js";

/** Pixels above and below what is seen that are in the page too. */
const AROUND = 500;
/** Pixels that may be scrolled before anything is drawn anew. */
const STEP = 125;
/** Pixels from the end within which the list goes on to stay there. */
const NEAR = 40;

/**
 * A long list of which only what is seen is in the page. `at(place)` is a row or undefined,
 * `want(first, last)` is called with what is to be seen, `show(row)` draws one: anew only when the
 * row is another object, or `stamp` another text.
 *
 * What is read stays where it is when heights above it turn out other than guessed; at the end the
 * list stays at the end.
 */
export function Rows({ label, name, count, at, want, show, stamp, busy, empty }) {
  const box = useRef(null);
  const list = useRef(null);
  const heights = useRef(new Heights());
  const atEnd = useRef(true);
  const within = useRef(false);
  const [view, setView] = useState({ top: Number.MAX_SAFE_INTEGER, height: 600 });
  const [, tick] = useState(0);
  const known = heights.current;

  const all = known.top(count);
  const top = Math.min(view.top, Math.max(0, all - view.height));
  const first = count ? known.at(top - AROUND, count) : 0;
  const last = count ? known.at(top + view.height + AROUND, count) : -1;

  const look = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
    const top = Math.round(scrollTop / STEP) * STEP;
    setView((old) =>
      old.top === top && old.height === clientHeight ? old : { top, height: clientHeight },
    );
  };

  const measure = () => {
    const area = box.current;
    if (!area?.clientHeight) return;
    const anchor = known.at(area.scrollTop, count);
    const offset = area.scrollTop - known.top(anchor);
    let changed = false;
    for (const each of list.current.children) {
      const height = each.getBoundingClientRect().height;
      if (height) changed = known.set(Number(each.dataset.place), height) || changed;
    }
    if (changed) tick((n) => n + 1);
    list.current.style.paddingBlockStart = `${known.top(first)}px`;
    list.current.style.paddingBlockEnd = `${known.top(count) - known.top(last + 1)}px`;
    const goal = atEnd.current ? area.scrollHeight : changed ? known.top(anchor) + offset : null;
    if (goal !== null && Math.abs(area.scrollTop - goal) > 1) area.scrollTop = goal;
    look();
  };
  const measuring = useRef(measure);
  measuring.current = measure;

  useLayoutEffect(() => {
    known.cut(count);
    measure();
    if (within.current && document.activeElement === document.body) {
      area(box).focus({ preventScroll: true });
    }
  });
  useEffect(() => {
    atEnd.current = true;
    known.cut(0);
    tick((n) => n + 1);
  }, [name]);
  useEffect(() => {
    const observer = new ResizeObserver(() => measuring.current());
    observer.observe(box.current);
    observer.observe(list.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => want(first, last), 40);
    return () => clearTimeout(timer);
  }, [first, last, count, busy]);

  const places = [];
  for (let place = first; place <= last; place++) places.push(place);
  return (
    <div
      ref={box}
      class="wbc-box"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys
      tabIndex={0}
      role="region"
      aria-label={label}
      onScroll={look}
      onFocusIn={() => {
        within.current = true;
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget) within.current = box.current.contains(relatedTarget);
      }}
    >
      {count === 0 && empty}
      <div ref={list} class="wbc-list" role="feed" aria-label={label} aria-busy={busy}>
        {places.map((place) => {
          const row = at(place);
          return (
            <article
              key={row?.key ?? `p${place}`}
              data-place={place}
              aria-posinset={place + 1}
              aria-setsize={count}
              aria-label={row ? spoken(row) : "Loading"}
              class="wbc-row"
            >
              {row ? <Held row={row} stamp={stamp} show={show} /> : <p class="wb-quiet">…</p>}
            </article>
          );
        })}
      </div>
    </div>
  );
}

class Held extends Component {
  shouldComponentUpdate({ row, stamp }) {
    return row !== this.props.row || stamp !== this.props.stamp;
  }

  render({ row, show }) {
    return show(row);
  }
}

const area = (box) => box.current;

const spoken = ({ kind, title, turn }) =>
  `${kind === "message" ? title : kind}${turn ? `, turn ${turn}` : ""}`;
