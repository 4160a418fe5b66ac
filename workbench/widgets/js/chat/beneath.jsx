import { useEffect, useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";
import { usePanel } from "../base/panel.jsx";
import { Row } from "./row.jsx";

/** What a summary stands for: the items in the archive, a part at a time. */
export function Beneath({ compaction }) {
  const { kernel, fail } = usePanel();
  const [{ rows, total }, set] = useState({ rows: [], total: null });
  const more = (before) =>
    kernel
      .ask("beneath", { compaction, start: before.length })
      .then((found) => set({ rows: [...before, ...found.rows], total: found.total }), fail);
  useEffect(() => {
    more([]);
  }, [compaction]);
  if (total === null) return <p class="wb-quiet">…</p>;
  if (!total) return <p class="wb-quiet">The archive has nothing of it any more.</p>;
  return (
    <div class="wbc-beneath">
      {rows.map((row, place) => (
        <Row key={place} row={row} />
      ))}
      {rows.length < total && (
        <Button onClick={() => more(rows)}>
          Show more ({(total - rows.length).toLocaleString("en")} left)
        </Button>
      )}
    </div>
  );
}
