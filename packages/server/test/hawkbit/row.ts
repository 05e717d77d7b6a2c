import { test, type TestContext } from 'node:test';
import { createClockOffset } from '@updraft/store';
import { aFleet } from '../a-fleet.ts';
import { type TimedFleet, withTime } from '../contract/fleet-maker.ts';

type Check = (fleet: TimedFleet, t: TestContext) => Promise<void>;

/** One line of the reference's tables: what it says, and what shows it. */
export type Row = {
  /** `ddi.<route>.<case>` */
  readonly id: string;
  readonly says: string;
  /** null: nothing shows it. */
  readonly check: Check | null;
  /** Why nothing shows it, or why we do otherwise than the reference. */
  readonly why: string | null;
};

export function row(id: string, says: string, check: Check): Row {
  return { id, says, check, why: null };
}

/** Where we do on purpose what the reference does not; the check shows what we do. */
export function differs(id: string, says: string, told: { readonly why: string; readonly check: Check }): Row {
  return { id, says, check: told.check, why: told.why };
}

/** A line that nothing shows yet, or that has nothing to show. */
export function gap(id: string, says: string, why: string): Row {
  return { id, says, check: null, why };
}

/** Each line is a test of its own, with devices and releases of its own on one server. */
export function rowTests(
  title: string,
  rows: readonly Row[],
  environment: Readonly<Record<string, string>> = {},
): void {
  void test(title, async (t) => {
    const clockOffset = createClockOffset();
    const fleet = withTime(await aFleet(t, { environment, clockOffset }), clockOffset);
    for (const { id, says, check } of rows)
      if (check !== null) await t.test(`${says} (${id})`, (inner) => check(fleet, inner));
  });
}
