import "../base/base.css";
import "./compare.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { panel, usePanel } from "../base/panel.jsx";
import { Asking } from "./asking.jsx";
import { apply } from "./board.js";
import { Entrants } from "./entrants.jsx";
import { Round } from "./round.jsx";

/** One prompt for all, the last round, and the rounds before it, folded. */
function Compare({ columns, inPlace, mostRuns, repeat, rounds, seq }) {
  const state = useBoard({ rounds, seq });
  const who = useColumns({ columns, inPlace });
  const last = state.rounds.at(-1);
  const running = last !== undefined && !last.over;
  const root = useRef(null);
  useSettled(root, running);
  return (
    <div class="wb-compare" ref={root}>
      <Entrants columns={who.columns} running={running} />
      <Asking repeat={repeat} mostRuns={mostRuns} inPlace={inPlace} running={running} />
      {last && <Round key={last.number} round={last} columns={who.columns} live />}
      <Earlier rounds={state.rounds.slice(0, -1)} />
    </div>
  );
}

function Earlier({ rounds }) {
  return rounds.toReversed().map((round) => (
    <details key={round.number} class="wb-earlier">
      <summary dir="auto">
        Round {round.number}: {round.prompt}
      </summary>
      <Round round={round} columns={[]} />
    </details>
  ));
}

function useBoard(greeted) {
  const { kernel, fail } = usePanel();
  const [state, setState] = useState(greeted);
  const now = useRef(greeted);
  useEffect(() => {
    let asking = false;
    const become = (next) => {
      now.current = next;
      setState(next);
    };
    const look = () => {
      if (asking) return;
      asking = true;
      kernel
        .ask("look")
        .then(become, fail)
        .finally(() => {
          asking = false;
        });
    };
    const off = kernel.on("board", (message) => {
      const next = apply(now.current, message);
      if (next === null) look();
      else become(next);
    });
    // Between the greeting and this listener messages may have gone by.
    look();
    return off;
  }, []);
  return state;
}

function useColumns(greeted) {
  const { kernel } = usePanel();
  const [who, setWho] = useState(greeted);
  useEffect(() => kernel.on("columns", setWho), []);
  return who;
}

/** What the notebook keeps is renewed at the end of a round that the reader has left alone. */
function useSettled(root, running) {
  const { kernel } = usePanel();
  const before = useRef(running);
  useEffect(() => {
    const ended = before.current && !running;
    before.current = running;
    if (!ended || kernel.state !== "live") return;
    if (!root.current.contains(document.activeElement)) kernel.ask("settle").catch(() => {});
  }, [running]);
}

export default panel(Compare);
