import { useState } from "preact/hooks";
import { Confirmed } from "../base/controls.jsx";
import { Doing, useAsking } from "./asking.jsx";
import { count, Loaded, Scrolling, some, useLoaded } from "./loaded.jsx";

/** What is wrong with the conversation, and its repair. */
export function Doctor() {
  const loaded = useLoaded("doctor");
  return (
    <Loaded of={loaded}>{(shown) => <Shown shown={shown} reload={() => loaded.load()} />}</Loaded>
  );
}

function Shown({ shown, reload }) {
  const asking = useAsking();
  const [done, setDone] = useState(null);
  const repair = async () => {
    setDone((await asking.ask("Repairing", "repair")) ?? null);
    reload();
  };
  return (
    <>
      {shown.rows.length === 0 ? (
        <p class="wb-lead wb-healthy">Healthy: nothing is wrong with this conversation.</p>
      ) : (
        <>
          <p class="wb-lead">{some(shown.rows.length + shown.more, "finding")}.</p>
          <Findings label="Findings" rows={shown.rows} said="A repair" />
          {shown.more > 0 && <p class="wb-quiet">{count(shown.more)} more are in wb.doctor(…)</p>}
          {shown.repairs > 0 ? (
            <Confirmed
              label="Repair"
              question="Repair it? What is taken out goes to the archive."
              onYes={() => asking.running || repair()}
            />
          ) : (
            <p class="wb-quiet">There is nothing that a repair could do.</p>
          )}
        </>
      )}
      <Doing of={asking} />
      {done && done.rows.length > 0 && (
        <>
          <h3>What was done</h3>
          <Findings label="What was done" rows={done.rows} said="Done" />
          <p class="wb-quiet">
            wb.restore(…, what="repaired") puts back what was taken out and could be read.
          </p>
        </>
      )}
    </>
  );
}

function Findings({ label, rows, said }) {
  return (
    <Scrolling label={label}>
      <table class="wb-table">
        <thead>
          <tr>
            <th scope="col">Finding</th>
            <th scope="col" class="wb-number">
              Item
            </th>
            <th scope="col" class="wb-number">
              Turn
            </th>
            <th scope="col">What is wrong</th>
            <th scope="col">{said}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={place}>
              <th scope="row" dir="auto">
                {row.finding}
              </th>
              <td class="wb-number">{row.order ?? ""}</td>
              <td class="wb-number">{row.turn ?? ""}</td>
              <td dir="auto">{row.detail}</td>
              <td dir="auto">{row.repair}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}
