import { useState } from "preact/hooks";
import { Button, Field, Progress } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";
import { Columns, filterOf, Range, Unfolding, Values } from "./choosing.jsx";
import { copied, downloaded } from "./clipboard.js";
import { counted, number } from "./store.js";

/** What stands above the rows: search, filters, columns, and what is done with the rows. */
export function Tools({ store }) {
  const filters = store.columns.filter(({ filter }) => filter !== null);
  const parts = filters.map((column) => ({
    key: column.place,
    name: filterName(column, filterOf(store, column)),
    on: filterOf(store, column) !== undefined,
    body: () => {
      const Choice = column.filter === "range" ? Range : Values;
      return <Choice key={column.place} store={store} column={column} />;
    },
  }));
  parts.push({ key: "columns", name: "Columns", body: () => <Columns store={store} /> });
  return (
    <div class="wb-grid-tools">
      <div class="wb-row">
        <Field label="Search" inline>
          {(id) => (
            <input
              id={id}
              type="search"
              dir="auto"
              value={store.query.search}
              onInput={(event) => store.look({ search: event.currentTarget.value })}
              onKeyDown={(event) => {
                if (event.key !== "Escape" || !store.query.search) return;
                event.stopPropagation();
                store.look({ search: "" });
              }}
            />
          )}
        </Field>
        <Unfolding label="Filters and columns" parts={parts} />
      </div>
    </div>
  );
}

function filterName({ name }, filter) {
  if (filter === undefined) return name;
  const { values, low, high } = filter;
  if (values === undefined) return `${name}: ${low ?? "…"} to ${high ?? "…"}`;
  return `${name}: ${values.length === 1 ? (values[0] ?? "NA") : `${values.length} values`}`;
}

/** What stands below them: the counts, and what is done with the selected rows. */
export function Counts({ store, title }) {
  const { looking, progress, selected, total } = store;
  return (
    <div class="wb-grid-counts wb-row">
      <span class="wb-counted">{counted(store)}</span>
      {looking !== null && progress !== null && (
        <>
          <Progress label="Searching" done={progress.done} total={progress.of} />
          <Button onClick={() => looking.stop()}>Stop</Button>
        </>
      )}
      <span class="wb-grid-doing wb-row">
        <Button disabled={!total} onClick={() => store.select("only", 0, total)}>
          Select all
        </Button>
        <Button disabled={!selected} onClick={() => store.select("none", 0, 0)}>
          Select none
        </Button>
        <Sheets title={title} what={selected ? "selected" : "all"} disabled={!total} />
      </span>
    </div>
  );
}

/** Copy and download, of the selected rows or all. */
function Sheets({ title, what, disabled }) {
  const { kernel, fail, say } = usePanel();
  const [doing, setDoing] = useState(null);
  const [progress, setProgress] = useState(null);
  const begin = async (form, use, word) => {
    const parts = [];
    const asked = kernel.ask("sheet", { form }, ({ part, done, of }) => {
      parts.push(part);
      setProgress({ done, of });
    });
    setDoing(asked);
    try {
      const { rows } = await asked;
      await use(parts);
      say(`${number(rows)} rows ${word}`);
    } catch (problem) {
      fail(problem);
    } finally {
      setDoing(null);
      setProgress(null);
    }
  };
  if (doing !== null) {
    return (
      <>
        {progress && <Progress label="Reading rows" done={progress.done} total={progress.of} />}
        <Button onClick={() => doing.stop()}>Stop</Button>
      </>
    );
  }
  const copy = () => begin("tsv", (parts) => copied(parts.join("")), "copied");
  const file = `${title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")}.csv`;
  const download = () => begin("csv", (parts) => downloaded(parts, file), "downloaded");
  return (
    <>
      <Button disabled={disabled} onClick={copy}>
        Copy {what}
      </Button>
      <Button disabled={disabled} onClick={download}>
        Download {what} as CSV
      </Button>
    </>
  );
}
