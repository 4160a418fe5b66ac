import { useEffect, useState } from "preact/hooks";
import { usePanel } from "../base/panel.jsx";

const PAUSE = 300; // milliseconds after the last letter

/** What was said, found by its words, while the search field holds some. */
export function Found({ filter, onChoose }) {
  const { kernel, fail } = usePanel();
  const [found, setFound] = useState(null);
  const words = /[\p{L}\p{N}]{2}/u.test(filter.text);
  useEffect(() => {
    setFound(null);
    if (!words) return undefined;
    let asked;
    const timer = setTimeout(() => {
      asked = kernel.ask("search", filter);
      asked.then(setFound, fail);
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      asked?.stop();
    };
  }, [filter]);
  if (!words) return null;
  return (
    <section class="wb-app-found" aria-label="Found in messages">
      <p class="wb-quiet" role="status">
        {found ? `${found.hits.length} in messages` : "Searching in messages…"}
      </p>
      <ul>
        {found?.hits.map((hit, place) => (
          <li key={place}>
            <button type="button" onClick={() => onChoose(hit.name)}>
              <span class="wb-quiet">
                <bdi>{hit.name}</bdi>
                {hit.turn !== null && `, turn ${hit.turn}`}
              </span>
              <span dir="auto">
                <Marked text={hit.snippet} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {found?.notes.map((note) => (
        <p key={note} class="wb-quiet" dir="auto">
          {note}
        </p>
      ))}
    </section>
  );
}

/** What stands between two pairs of stars was looked for. */
function Marked({ text }) {
  return text.split("**").map((part, place) => (place % 2 ? <mark key={part}>{part}</mark> : part));
}
