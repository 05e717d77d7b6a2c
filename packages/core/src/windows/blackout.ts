import type { Instant } from '../attempt.ts';
import { instantOf, lastInstantOf, zonedAt } from './local-time.ts';
import type { BlackoutRule } from './window-plan.ts';

/** A span in which nothing opens: from `from` on, no longer at `to`. */
export type Blackout = { readonly from: Instant; readonly to: Instant };

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/;

/** The blackouts of a zone that are not over. Throws RangeError for a rule that {@link blackoutSpan} does not read. */
export function blackoutsFrom(rules: readonly BlackoutRule[], zone: string, now: Instant): readonly Blackout[] {
  if (rules.length === 0) return [];
  // A zone's clock may leap over a whole day: text decides only what ended two days ago.
  const past = zonedAt(zone, now).toPlainDate().subtract({ days: 2 }).toString();
  return (
    rules
      .filter(({ to }) => to >= past)
      .map((rule) => {
        const span = blackoutSpan(rule);
        if (span === null) throw new RangeError(`no blackout: ${rule.from} to ${rule.to}`);
        // A date is over when the next one begins, be it that the clock shows its midnight once more.
        const over = DATE.test(rule.to) ? instantOf : lastInstantOf;
        return { from: instantOf(span.from, zone), to: over(span.to, zone) };
      })
      // A span that the clock leaps over is none.
      .filter(({ from, to }) => from < to && to > now)
  );
}

/** A rule's local span, its end excluded: a date ends with its day, a date-time at its moment. null: it is none. */
export function blackoutSpan(
  rule: BlackoutRule,
): { readonly from: Temporal.PlainDateTime; readonly to: Temporal.PlainDateTime } | null {
  const from = localOf(rule.from);
  const named = localOf(rule.to);
  if (from === null || named === null) return null;
  const to = DATE.test(rule.to) ? named.add({ days: 1 }) : named;
  return Temporal.PlainDateTime.compare(from, to) < 0 ? { from, to } : null;
}

function localOf(text: string): Temporal.PlainDateTime | null {
  if (!DATE.test(text) && !DATE_TIME.test(text)) return null;
  try {
    return Temporal.PlainDateTime.from(text, { overflow: 'reject' });
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}
