import { useState } from "preact/hooks";
import { Button, Progress } from "../base/controls.jsx";
import { Stopped } from "../base/kernel.js";
import { usePanel } from "../base/panel.jsx";

const NOTHING = { done: 0, total: 0 };

/**
 * Asking the kernel for something that takes a while: `ask(what, verb, given)` gives the answer, or
 * undefined when it was stopped or refused; `Doing` shows how that goes, and the reason.
 */
export function useAsking() {
  const { kernel, say } = usePanel();
  const [running, setRunning] = useState(null);
  const [far, setFar] = useState(NOTHING);
  const [error, setError] = useState(null);
  const [said, setSaid] = useState(null);
  const tell = (text) => {
    setSaid(text);
    say(text);
  };
  const ask = async (what, verb, given = {}) => {
    setError(null);
    setSaid(null);
    setFar(NOTHING);
    const asked = kernel.ask(verb, given, setFar);
    setRunning({ what, stop: asked.stop });
    try {
      const answer = await asked;
      if (answer.said) tell(answer.said);
      return answer;
    } catch (problem) {
      if (problem instanceof Stopped) tell(`Stopped: ${what}.`);
      else setError(problem.message);
      return undefined;
    } finally {
      setRunning(null);
    }
  };
  return { ask, running, far, error, said, refuse: setError };
}

/** What is under way, with a button that stops it; then what came of it, or why nothing did. */
export function Doing({ of: { running, far, error, said } }) {
  return (
    <div class="wb-doing">
      {running && (
        <div class="wb-row">
          <Progress label={`${running.what}…`} done={far.done} total={far.total} />
          <Button onClick={running.stop}>Stop</Button>
        </div>
      )}
      {error && (
        <p class="wb-problem" role="alert">
          <span dir="auto">{error}</span>
        </p>
      )}
      {said && !running && (
        <p class="wb-hint" dir="auto">
          {said}
        </p>
      )}
    </div>
  );
}
