import "../base/base.css";
import "./grid.css";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { panel, usePanel } from "../base/panel.jsx";
import { Detail } from "./detail.jsx";
import { Store } from "./store.js";
import { Table } from "./table.jsx";
import { Counts, Tools } from "./tools.jsx";

function Grid(greeting) {
  const { kernel, model, fail, say } = usePanel();
  const [, redraw] = useReducer((count) => count + 1, 0);
  const [store] = useState(() => {
    return new Store(kernel, greeting, { changed: redraw, fail, told: say });
  });
  const [active, setActive] = useState({ row: store.total ? 0 : -1, column: 1 });
  const [open, setOpen] = useState(null);
  const box = useRef(null);
  useEffect(() => store.listen(), []);
  const close = () => {
    setOpen(null);
    box.current.querySelector('[role="grid"] [tabindex="0"]')?.focus({ preventScroll: true });
  };
  const title = model.get("title");
  return (
    <div class="wb-grid" ref={box}>
      <Tools store={store} />
      <Table store={store} label={title} active={active} setActive={setActive} onOpen={setOpen} />
      <Counts store={store} title={title} />
      {open !== null && open < store.total && (
        <Detail
          store={store}
          at={open}
          onClose={close}
          onGo={(at) => {
            setOpen(at);
            setActive((now) => ({ ...now, row: at }));
          }}
        />
      )}
    </div>
  );
}

export default panel(Grid);
