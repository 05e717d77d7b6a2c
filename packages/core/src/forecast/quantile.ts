/** The least of the sorted values that at least the share `q` of them do not exceed; Infinity where there is none. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Infinity;
}
