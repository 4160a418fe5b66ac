import { Bars } from "./bars.jsx";
import { Column } from "./column.jsx";
import { Facts } from "./facts.jsx";

/** One prompt and its answers side by side; `live`: they can be stopped, and gone on with. */
export function Round({ round, columns, live = false }) {
  const there = new Set(columns.map(([label]) => label));
  const { over, facts, titles, measures } = round;
  return (
    <div class="wb-round" role="group" aria-label={`Round ${round.number}`}>
      {live && (
        <p class="wb-prompt" dir="auto">
          {round.prompt}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <div class="wb-columns" role="group" aria-label="Answers side by side" tabIndex={0}>
        {titles.map((title, place) => (
          <Column
            key={title}
            title={title}
            cells={round.cells[place]}
            running={live && !over}
            keepable={live && over && there.has(title)}
          />
        ))}
      </div>
      {over && facts.length > 0 && (
        <div class="wb-took">
          <Facts titles={titles} facts={facts} measures={measures} />
          <Bars titles={titles} measures={measures} />
        </div>
      )}
    </div>
  );
}
