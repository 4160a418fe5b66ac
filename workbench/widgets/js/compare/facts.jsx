import { useId } from "../base/ids.js";

/** What each took, as a table: the same numbers as in the bars, in words. */
export function Facts({ titles, facts, measures }) {
  const id = useId();
  const equal = measures.map((each) => ({ true: "yes", false: "no" })[each.equal] ?? "");
  const rows = equal.some(Boolean) ? [...facts, ["items equal", equal]] : facts;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div class="wb-measures" role="group" aria-labelledby={id} tabIndex={0}>
      <table>
        <caption id={id}>What it took</caption>
        <thead>
          <tr>
            <td />
            {titles.map((title) => (
              <th key={title} scope="col" dir="auto">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, values]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {values.map((value, place) => (
                <td key={titles[place]} dir="auto">
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
