import type { Instant } from '../attempt.ts';

/** Bytes by the span of time, `binMs` long, in which they flow. */
export type Traffic = { bins: Map<number, number>; binMs: number; total: number };

/** A quarter of an hour; a rollout that takes months is told by longer spans, each twice as long as the last. */
export const TRAFFIC_SPAN_MS = 15 * 60_000;
const MAX_BINS = 4000;

export function newTraffic(): Traffic {
  return { bins: new Map(), binMs: TRAFFIC_SPAN_MS, total: 0 };
}

export function addTraffic(
  traffic: Traffic,
  span: { readonly from: Instant; readonly to: Instant },
  bytes: number,
): void {
  const length = Math.max(1, span.to - span.from);
  while (length / traffic.binMs > MAX_BINS / 2 || traffic.bins.size > MAX_BINS) coarsen(traffic);
  const { bins, binMs } = traffic;
  traffic.total += bytes;
  const [first, last] = [Math.floor(span.from / binMs), Math.floor(span.to / binMs)];
  for (let bin = first; bin <= last; bin += 1) {
    const from = Math.max(span.from, bin * binMs);
    const to = Math.min(span.from + length, (bin + 1) * binMs);
    bins.set(bin, (bins.get(bin) ?? 0) + (bytes * Math.max(0, to - from)) / length);
  }
}

/** Mbit/s of the span in which most flows. */
export function peakMbit({ bins, binMs }: Traffic): number {
  let most = 0;
  for (const bytes of bins.values()) most = Math.max(most, bytes);
  return mbitOf(most, binMs);
}

/** The mean of several, by spans as long as the longest of theirs. */
export function meanTraffic(all: readonly Traffic[]): Traffic {
  const mean = newTraffic();
  for (const { binMs } of all) mean.binMs = Math.max(mean.binMs, binMs);
  for (const traffic of all) {
    const times = mean.binMs / traffic.binMs;
    for (const [bin, bytes] of traffic.bins) {
      const place = Math.floor(bin / times);
      mean.bins.set(place, (mean.bins.get(place) ?? 0) + bytes / all.length);
    }
    mean.total += traffic.total / all.length;
  }
  return mean;
}

export function mbitOf(bytesInBin: number, binMs: number): number {
  return (bytesInBin * 8) / 1_000_000 / (binMs / 1000);
}

function coarsen(traffic: Traffic): void {
  const bins = new Map<number, number>();
  for (const [bin, bytes] of traffic.bins) {
    const place = Math.floor(bin / 2);
    bins.set(place, (bins.get(place) ?? 0) + bytes);
  }
  traffic.bins = bins;
  traffic.binMs *= 2;
}
