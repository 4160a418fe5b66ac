/**
 * Where a key leads in a grid (https://www.w3.org/WAI/ARIA/apg/patterns/grid/): the head is row -1.
 * `place` is `{row, column}`, `size` `{rows, columns, page}`; null for a key that leads nowhere.
 */
export function moved(key, withControl, place, size) {
  const { row, column } = place;
  const { rows, columns, page } = size;
  const to = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    PageUp: [Math.max(row - page, Math.min(row, 0)), column],
    PageDown: [row + page, column],
    Home: withControl ? [rows ? 0 : -1, 0] : [row, 0],
    End: withControl ? [rows - 1, columns - 1] : [row, columns - 1],
  }[key];
  if (to === undefined) return null;
  const within = (value, least, most) => Math.min(Math.max(value, least), most);
  return { row: within(to[0], -1, rows - 1), column: within(to[1], 0, columns - 1) };
}
