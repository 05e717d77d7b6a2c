/** In one request: far less than the server reads, whatever the letters are. */
const REQUEST_MAX_CHARACTERS = 400_000;

/** Rows in portions of which each fits one request of our own API. */
export function portionsOf<T>(rows: readonly T[], maxRows: number): T[][] {
  const portions: T[][] = [];
  let room = 0;
  for (const row of rows) {
    const characters = JSON.stringify(row).length;
    const last = portions.at(-1);
    if (last === undefined || characters > room || last.length >= maxRows) {
      portions.push([row]);
      room = REQUEST_MAX_CHARACTERS - characters;
    } else {
      last.push(row);
      room -= characters;
    }
  }
  return portions;
}
