import type { Instant } from '../attempt.ts';

/** Bytes by the quarter of an hour in which they flow. */
export type Traffic = { readonly bins: Map<number, number>; total: number };

export const TRAFFIC_BIN_MS = 15 * 60_000;

export function newTraffic(): Traffic {
  return { bins: new Map(), total: 0 };
}

export function addTraffic(
  traffic: Traffic,
  span: { readonly from: Instant; readonly to: Instant },
  bytes: number,
): void {
  traffic.total += bytes;
  const length = Math.max(1, span.to - span.from);
  const [first, last] = [Math.floor(span.from / TRAFFIC_BIN_MS), Math.floor(span.to / TRAFFIC_BIN_MS)];
  for (let bin = first; bin <= last; bin += 1) {
    const from = Math.max(span.from, bin * TRAFFIC_BIN_MS);
    const to = Math.min(span.from + length, (bin + 1) * TRAFFIC_BIN_MS);
    traffic.bins.set(bin, (traffic.bins.get(bin) ?? 0) + (bytes * Math.max(0, to - from)) / length);
  }
}

/** Mbit/s of the quarter of an hour in which most flows. */
export function peakMbit({ bins }: Traffic): number {
  let most = 0;
  for (const bytes of bins.values()) most = Math.max(most, bytes);
  return mbitOf(most);
}

export function mbitOf(bytesInBin: number): number {
  return (bytesInBin * 8) / 1_000_000 / (TRAFFIC_BIN_MS / 1000);
}
