import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Tabs } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";
import { Children } from "./children.jsx";
import { Heading } from "./heading.jsx";
import { Sidebar } from "./sidebar.jsx";

const LABELS = { chat: "Chat", grid: "Grid", compare: "Compare", inspect: "Inspect" };

/** All sessions on one side, the panels of the chosen one on the other. */
export function App({ kinds, chosen: first, tab: firstTab, list }) {
  const { kernel, say } = usePanel();
  const [chosen, setChosen] = useState(first);
  const [tab, setTab] = useState(firstTab);
  const [drawer, setDrawer] = useState(false);
  const sessions = useSessions(list);
  const root = useRef(null);
  const focus = (selector) => root.current?.querySelector(selector)?.focus();

  const choose = (name) => {
    setChosen(name);
    if (drawer) focus(".wb-app-fold");
    setDrawer(false);
    if (name !== null) say(`Session ${name} is chosen.`);
  };
  const changed = async (name) => {
    await sessions.refresh();
    choose(name);
    if (name === null) focus("[type=search]"); // the buttons of what was deleted are gone
  };
  const latest = useRef(changed);
  latest.current = changed;
  useEffect(() => kernel.on("choose", ({ name }) => latest.current(name)), []);
  const session = sessions.known.get(chosen);

  return (
    <div class="wb-app" data-drawer={drawer} ref={root}>
      <Button class="wb-app-fold" aria-expanded={drawer} onClick={() => setDrawer(!drawer)}>
        {drawer ? "Close the list" : "Sessions"}
      </Button>
      <Sidebar sessions={sessions} chosen={chosen} onChoose={choose} onMade={changed} />
      <div class="wb-app-main">
        {chosen === null ? (
          <p class="wb-app-empty wb-quiet">
            {sessions.page.all ? "Choose a session." : "No sessions yet: make a new one."}
          </p>
        ) : (
          <>
            <Heading name={chosen} session={session} sessions={sessions} onChanged={changed} />
            <Tabs
              label={`Panels of ${chosen}`}
              chosen={tab}
              onChoose={setTab}
              tabs={kinds.map((kind) => [
                kind,
                LABELS[kind],
                () => <Children name={chosen} kind={kind} />,
              ])}
            />
          </>
        )}
      </div>
    </div>
  );
}

/** The list as the kernel last told it, by the words and choices of the reader. */
function useSessions(first) {
  const { kernel, fail } = usePanel();
  const [page, setPage] = useState(first);
  const [filter, setFilter] = useState({ text: "", tag: "", store: "" });
  const latest = useRef(filter);
  const began = useRef(filter);
  latest.current = filter;
  const known = useRef(new Map());
  for (const each of page.sessions) known.current.set(each.name, each);

  const refresh = async (given = latest.current) => {
    try {
      const found = await kernel.ask("list", given);
      if (given === latest.current) setPage(found);
    } catch (problem) {
      fail(problem);
    }
  };
  useEffect(() => {
    if (filter !== began.current) refresh(filter);
  }, [filter]);
  return {
    page,
    filter,
    known: known.current,
    setFilter: (part) => setFilter({ ...latest.current, ...part }),
    refresh,
  };
}
