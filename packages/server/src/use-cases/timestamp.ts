/** Epoch ms as the API writes instants: RFC 3339 in UTC; null stays null. */
export function timestamp(at: number): string;
export function timestamp(at: number | null): string | null;
export function timestamp(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
