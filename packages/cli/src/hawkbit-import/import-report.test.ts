import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aShell } from '../../test/a-shell.ts';
import { printerFor } from '../output/printer.ts';
import { importProgress } from './import-progress.ts';
import { importReport } from './import-report.ts';
import { inTurns } from './in-turns.ts';
import { portionsOf } from './portions.ts';
import { isFaulty, reportLines } from './report-lines.ts';

const plain = (_style: unknown, text: string) => text;

test('a report shows counts by kind in the order in which things are carried, and what was left by its code', () => {
  const report = importReport();
  report.carried('targets', 12);
  report.carried('modules');
  report.there('modules', 2);
  report.there('metadata', 0);
  report.left({ kind: 'assigned', name: 'fw:2', code: 'update-open', message: '7 targets' }, 7);
  for (let at = 0; at < 7; at += 1) report.left({ kind: 'targets', name: `gw-${at}`, code: 'refused', reason: 'x.y' });
  assert.deepEqual(reportLines(report, false, plain), [
    'CARRIED  HERE BEFORE  NOT CARRIED  WHAT',
    '      1            2            0  software modules',
    '     12            0            7  targets',
    '      0            0            7  assigned sets',
    '',
    'update-open: an import begins no update; assign it, or use --begin-updates',
    '  assigned sets: fw:2 (7 targets)',
    '',
    'refused: this server refused it; the reason is hawkBit’s error code',
    ...Array.from({ length: 5 }, (_, at) => `  targets: gw-${at} (x.y)`),
    '  … and 2 more; --json names them',
  ]);
});

test('what an import leaves by choice is no fault', () => {
  const report = importReport();
  report.left({ kind: 'rollouts', name: 'spring', code: 'still-running' });
  assert.equal(isFaulty(report), false);
  report.left({ kind: 'targets', name: 'gw-1', code: 'token-hidden' }, 0);
  assert.equal(isFaulty(report), true);
});

test('on a terminal the progress of an import is one line, elsewhere a line now and then, and none with --json', async () => {
  const [terminal, pipe, machine] = [aShell({ columns: 60 }), aShell(), aShell({ columns: 60 })];
  for (const shell of [terminal, pipe, machine]) {
    const progress = importProgress(shell, printerFor(shell, shell === machine));
    for (let step = 0; step < 25; step += 1) {
      progress.seen('targets');
      await shell.sleep(1_000);
    }
    progress.moved(3_000_000);
    progress.end();
  }
  assert.match(terminal.err(), /targets: 25/);
  assert.match(terminal.err(), /artifacts: 0, 2\.86 MiB of artifacts/);
  assert.deepEqual(pipe.err().trim().split('\n'), ['targets: 11', 'targets: 21']);
  assert.equal(machine.err(), '');
});

test('portions hold no more rows than a request may, and no more letters', () => {
  const rows = Array.from({ length: 7 }, (_, at) => ({ at, text: 'x'.repeat(at === 3 ? 500_000 : 10) }));
  const portions = portionsOf(rows, 2);
  assert.deepEqual(
    portions.map((portion) => portion.map(({ at }) => at)),
    [[0, 1], [2], [3], [4, 5], [6]],
  );
});

test('work in turns is never wider than it may be, and its failure is told', async () => {
  let [now, most] = [0, 0];
  const work = async (item: number) => {
    most = Math.max(most, (now += 1));
    await Promise.resolve();
    now -= 1;
    if (item === 5) throw new Error('five');
  };
  await inTurns([1, 2, 3, 4, 6, 7], 3, work);
  assert.equal(most, 3);
  await assert.rejects(inTurns([5, 1, 2], 2, work), /five/);
});
