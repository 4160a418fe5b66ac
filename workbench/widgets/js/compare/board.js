/**
 * The page of a comparison, as the kernel's messages make it. Pure: `apply` gives a new state, or
 * null where a message was missed, as the page was made in between: it then asks for the whole.
 */
export function apply(state, message) {
  if (message.seq <= state.seq) return state;
  if (message.seq !== state.seq + 1) return null;
  const rounds = message.round
    ? [...state.rounds.slice(-19), message.round]
    : changed(state.rounds, message);
  return { rounds, seq: message.seq };
}

function changed(rounds, { at, change, more, over, marks = [] }) {
  const round = { ...rounds.at(-1), ...over };
  if (at !== undefined) {
    const cell = round.cells[at[0]][at[1]];
    round.cells = put(round.cells, at, { ...cell, ...change, text: textOf(cell, change, more) });
  }
  for (const [column, run, spans] of marks) {
    round.cells = put(round.cells, [column, run], {
      ...round.cells[column][run],
      marks: spans,
    });
  }
  return [...rounds.slice(0, -1), round];
}

const textOf = (cell, change, more) => change?.text ?? cell.text + (more ?? "");

const put = (cells, [column, run], cell) =>
  cells.map((runs, c) => (c === column ? runs.map((each, r) => (r === run ? cell : each)) : runs));

/** The parts of a text, each with whether it differs. */
export function pieces(text, marks) {
  const found = [];
  let place = 0;
  for (const [begin, end] of marks) {
    if (begin > place) found.push([text.slice(place, begin), false]);
    found.push([text.slice(begin, end), true]);
    place = end;
  }
  if (place < text.length) found.push([text.slice(place), false]);
  return found;
}
