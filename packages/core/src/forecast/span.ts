import type { Instant } from '../attempt.ts';
import type { RolloutPolicy } from '../policy.ts';
import { windowAt } from '../windows/window-at.ts';

/** From `from` up to, not including, `to`. */
export type Span = { readonly from: Instant; readonly to: Instant };

/** The first span of open windows that ends after `at`, in a zone; null: none before the horizon. */
export type OpenSpans = (zone: string, at: Instant) => Span | null;

/**
 * The spans in which a rollout's windows are open, found once a zone and kept for all runs of a forecast. Without windows
 * and for an emergency that is always.
 */
export function openSpans(policy: RolloutPolicy, span: Span): OpenSpans {
  const { windows, blackouts } = policy.windows;
  if (policy.emergency || (windows.length === 0 && blackouts.length === 0))
    return (_, at) => (at < span.to ? { from: Math.min(at, span.from), to: span.to } : null);
  const found = new Map<string, { readonly spans: Span[]; searched: Instant }>();
  return (zone, at) => {
    const known = found.get(zone) ?? { spans: [], searched: span.from };
    found.set(zone, known);
    while (known.searched <= at && known.searched < span.to) {
      const next = nextOpen(policy, zone, { from: known.searched, to: span.to });
      if (next !== null) known.spans.push(next);
      known.searched = next?.to ?? span.to;
    }
    return firstEndingAfter(known.spans, at);
  };
}

function nextOpen(policy: RolloutPolicy, zone: string, { from, to }: Span): Span | null {
  const now = windowAt(policy.windows, zone, from);
  const opensAt = now.isOpen ? from : now.opensAt;
  if (opensAt === null || opensAt >= to) return null;
  const moment = now.isOpen ? now : windowAt(policy.windows, zone, opensAt);
  return { from: opensAt, to: Math.min(to, moment.changesAt ?? to) };
}

function firstEndingAfter(spans: readonly Span[], at: Instant): Span | null {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle] as Span).to > at) high = middle;
    else low = middle + 1;
  }
  return spans[low] ?? null;
}
