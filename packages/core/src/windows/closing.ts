import type { Instant } from '../attempt.ts';
import { nextOpening, openUntilAll, type RecurringWindow } from './opening.ts';

/** How often windows are looked at to follow openings that run into each other: one window at one moment is one look. */
export const MAX_WINDOW_LOOKS = 128;

/** `closesAt` null: {@link MAX_WINDOW_LOOKS} were not enough; `reached`: open at least until then. */
export type Closing = { readonly closesAt: Instant | null; readonly reached: Instant; readonly looks: number };

/** Follows openings that touch from the end of one, `openTo`, to where all are closed, or as far as `enough`. */
export function closing(
  windows: readonly RecurringWindow[],
  { openTo, enough }: { readonly openTo: Instant; readonly enough: Instant },
): Closing {
  const openings = new Map(windows.map((window): [RecurringWindow, Instant] => [window, -Infinity]));
  let [reached, looks] = [openTo, 0];
  while (reached < enough) {
    // One that has not opened since it was looked at has closed by the end of what was open then.
    const opened = windows.filter((window) => (openings.get(window) ?? Infinity) <= reached);
    const further = openUntilAll(opened, reached);
    looks += 2 * opened.length;
    if (further === null) return { closesAt: reached, reached, looks };
    if (looks >= MAX_WINDOW_LOOKS) return { closesAt: null, reached: further, looks };
    for (const window of opened) openings.set(window, nextOpening(window, reached) ?? Infinity);
    reached = further;
  }
  return { closesAt: reached, reached, looks };
}
