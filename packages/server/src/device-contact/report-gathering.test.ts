import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed, type CommandRunner } from '@updraft/store';
import type { Commands } from '../use-cases/commands.ts';
import type { ReportInput } from '../use-cases/report-commands.ts';
import { gatherReports } from './report-gathering.ts';

const KEPT = { outcome: 'kept' };

type Ran = { readonly name: string; readonly input: unknown };
type Answer = (input: { readonly reports: readonly ReportInput[] }) => unknown;

function aRunner(together: Answer) {
  const ran: Ran[] = [];
  const runner = {
    run: async (name: string, input: unknown) => {
      ran.push({ name, input });
      return name === 'attempt.take-reports' ? together(input as { reports: readonly ReportInput[] }) : KEPT;
    },
  };
  const takeReport = gatherReports(runner as unknown as CommandRunner<Commands>);
  const burst = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, device) => takeReport({ device } as ReportInput)));
  return { burst, names: () => ran.map(({ name }) => name.replace('attempt.', '')) };
}

test('reports that come while one is on its way go together', async () => {
  const { burst, names } = aRunner(({ reports }) => reports.map(() => KEPT));
  assert.deepEqual(await burst(4), [KEPT, KEPT, KEPT, KEPT]);
  assert.deepEqual(names(), ['take-report', 'take-reports']);
});

test('a report that changes more is taken alone', async () => {
  const { burst, names } = aRunner(({ reports }) =>
    reports.map(({ device }) => (device === 2 ? { outcome: 'alone' } : { outcome: 'ended' })),
  );
  assert.deepEqual(
    (await burst(4)).map(({ outcome }) => outcome),
    ['kept', 'ended', 'kept', 'ended'],
  );
  assert.deepEqual(names(), ['take-report', 'take-reports', 'take-report']);
});

test('one report’s error is not another’s, and an outage is everybody’s', async () => {
  const failing = (code: string) =>
    aRunner(() => {
      throw new CommandFailed('attempt.take-reports', code, undefined);
    });
  const odd = failing('unexpected');
  assert.deepEqual(await odd.burst(3), [KEPT, KEPT, KEPT]);
  assert.deepEqual(odd.names(), ['take-report', 'take-reports', 'take-report', 'take-report']);
  const full = failing('storage-full');
  await assert.rejects(full.burst(3), { code: 'storage-full' });
  assert.deepEqual(full.names(), ['take-report', 'take-reports']);
});
