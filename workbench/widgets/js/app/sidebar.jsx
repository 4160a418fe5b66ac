import { useRef, useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { useId } from "../base/ids.js";
import { usePanel } from "../base/panel.jsx";
import { sendOnEnter, useFocusOn } from "./focus.js";
import { Found } from "./found.jsx";

/** Search, tags, stores, and the sessions that fit. */
export function Sidebar({ sessions, chosen, onChoose, onMade }) {
  const { page, filter, setFilter, refresh } = sessions;
  const side = useRef(null);
  const entered = ({ relatedTarget }) => {
    if (!side.current.contains(relatedTarget)) refresh(); // another panel may have made a session
  };
  return (
    <nav class="wb-app-side" aria-label="Sessions" ref={side} onFocusIn={entered}>
      <NewSession stores={page.stores} onMade={onMade} />
      <Search filter={filter} onType={(text) => setFilter({ text })} />
      <Choice
        label="Tag"
        all="Any tag"
        value={filter.tag}
        options={page.tags}
        onPick={(tag) => setFilter({ tag })}
      />
      <Choice
        label="Store"
        all="Any store"
        value={filter.store}
        options={page.stores}
        onPick={(store) => setFilter({ store })}
      />
      <p class="wb-app-count wb-quiet" role="status">
        {counted(page, filter)}
      </p>
      <Names sessions={page.sessions} chosen={chosen} onChoose={onChoose} />
      <Found filter={filter} onChoose={onChoose} />
    </nav>
  );
}

function counted({ found, all, sessions }, { text, tag, store }) {
  const total = `${all} session${all === 1 ? "" : "s"}`;
  const some = text || tag || store ? `${found} of ${total}` : total;
  return found > sessions.length ? `${some}, the last ${sessions.length} used` : some;
}

function Search({ filter, onType }) {
  return (
    <input
      type="search"
      class="wb-app-search"
      aria-label="Search names, titles, tags and messages"
      placeholder="Search"
      dir="auto"
      value={filter.text}
      onInput={(event) => onType(event.currentTarget.value)}
    />
  );
}

/** Nothing to choose from is not shown. */
function Choice({ label, all, value, options, onPick }) {
  if (options.length < 2 && !value) return null;
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onPick(event.currentTarget.value)}
    >
      <option value="">{all}</option>
      {options.map(([each, count]) => (
        <option key={each} value={each}>
          {`${each} (${count})`}
        </option>
      ))}
    </select>
  );
}

/** The sessions; arrows move, one of them is in the tab order. */
function Names({ sessions, chosen, onChoose }) {
  const list = useRef(null);
  const inOrder = sessions.some((each) => each.name === chosen) ? chosen : sessions[0]?.name;
  const move = (event) => {
    const buttons = [...list.current.querySelectorAll("button")];
    const place = buttons.indexOf(event.target);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: buttons.length - 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(to, buttons.length - 1))].focus();
  };
  return (
    <ul class="wb-app-names" ref={list} onKeyDown={move}>
      {sessions.map((session) => (
        <li key={session.name}>
          <button
            type="button"
            aria-current={session.name === chosen ? "true" : undefined}
            tabIndex={session.name === inOrder ? 0 : -1}
            onClick={() => onChoose(session.name)}
          >
            <span class="wb-app-name" dir="auto">
              {session.title || session.name}
            </span>
            <span class="wb-app-about wb-quiet">
              {session.title && <bdi>{session.name}</bdi>}
              <span>{about(session)}</span>
            </span>
            {session.tags.length > 0 && <Tags tags={session.tags} />}
          </button>
        </li>
      ))}
    </ul>
  );
}

function about({ items, used }) {
  const length = items === null ? [] : [`${items} item${items === 1 ? "" : "s"}`];
  return [...length, ...(used ? [day(used)] : [])].join(" · ");
}

function day(used) {
  return new Date(used).toLocaleDateString(undefined, { month: "short", day: "numeric" });
}

export function Tags({ tags }) {
  return (
    <span class="wb-app-tags">
      {tags.map((tag) => (
        <bdi key={tag} class="wb-app-tag">
          {tag}
        </bdi>
      ))}
    </span>
  );
}

/** A name and a store, both as one likes: the kernel finds a free name in the workspace's file. */
function NewSession({ stores, onMade }) {
  const { kernel, fail } = usePanel();
  const [open, setOpen] = useState(false);
  const [given, setGiven] = useState({ name: "", store: "" });
  const known = useId();
  const place = useRef(null);
  useFocusOn(place, open, (now) => (now ? "input" : "button"));
  const make = async (event) => {
    event.preventDefault();
    try {
      const name = await kernel.ask("new", given);
      setGiven({ name: "", store: "" });
      setOpen(false);
      onMade(name);
    } catch (problem) {
      fail(problem);
    }
  };
  const typed = (field) => (event) => setGiven({ ...given, [field]: event.currentTarget.value });
  if (!open) {
    return (
      <div class="wb-app-form" ref={place}>
        <Button onClick={() => setOpen(true)}>New session</Button>
      </div>
    );
  }
  return (
    <form
      ref={place}
      class="wb-app-form"
      aria-label="New session"
      onKeyDown={sendOnEnter}
      onSubmit={make}
    >
      <input
        aria-label="Name"
        placeholder="Name (or none)"
        dir="auto"
        value={given.name}
        onInput={typed("name")}
      />
      <input
        aria-label="Store"
        placeholder="Store (or the workspace's)"
        value={given.store}
        onInput={typed("store")}
        list={known}
      />
      <datalist id={known}>
        {stores.map(([store]) => (
          <option key={store} value={store} />
        ))}
      </datalist>
      <span class="wb-row">
        <Button class="wb-main" type="submit">
          Make it
        </Button>
        <Button onClick={() => setOpen(false)}>Cancel</Button>
      </span>
    </form>
  );
}
