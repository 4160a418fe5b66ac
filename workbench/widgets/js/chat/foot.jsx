import { useEffect, useState } from "preact/hooks";
import { usePanel } from "../base/panel.jsx";

/** What the conversation has taken so far, and how much of the model's window it fills. */
export function Foot({ past, pick, running }) {
  const { kernel } = usePanel();
  const [spent, setSpent] = useState(null);
  useEffect(() => {
    if (running) return undefined;
    let here = true;
    const timer = setTimeout(
      () =>
        kernel.ask("spent", pick).then(
          (found) => here && setSpent(found),
          () => {},
        ),
      300,
    );
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [past.name, past.version, pick.agent, pick.model, running]);
  const turns = `${count(past.turns, "turn")}, ${count(past.total, "entry", "entries")}`;
  return (
    <footer class="wbc-foot wb-quiet">
      <span>{turns}</span>
      {spent && <Spent spent={spent} />}
      <span dir="auto">{past.where}</span>
    </footer>
  );
}

function Spent({ spent }) {
  const about = spent.estimated ? " (estimated)" : "";
  const tokens = `${number(spent.input_tokens)} + ${number(spent.output_tokens)} tokens${about}`;
  const cost = spent.cost === null ? "cost not known" : `$${spent.cost.toFixed(4)}`;
  return (
    <>
      {spent.seconds > 0 && (
        <>
          <span title="Tokens read and written">{tokens}</span>
          <span>{time(spent.seconds)}</span>
          <span>{cost}</span>
        </>
      )}
      {spent.context !== null && <Context used={spent.context} window={spent.window} />}
    </>
  );
}

function Context({ used, window }) {
  const text = `context ${number(used)}${window ? ` of ${number(window)}` : ""} tokens`;
  if (!window) return <span>{text}</span>;
  return (
    <span class="wbc-context">
      {text}{" "}
      <meter aria-label="Context used" min={0} max={window} high={window * 0.8} value={used} />
    </span>
  );
}

const number = (value) => value.toLocaleString("en");
const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;
const time = (seconds) =>
  seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
