import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aShell } from '../../test/a-shell.ts';
import { printerFor } from '../output/printer.ts';
import { barLine } from './bar.ts';
import { rateMeter } from './rate-meter.ts';
import { uploadProgress } from './upload-progress.ts';

test('the rate is that of the window, so that an early burst is forgotten', () => {
  const meter = rateMeter(10_000);
  meter.add(0, 0);
  meter.add(1_000_000, 1_000);
  for (let second = 2; second <= 30; second += 1) meter.add(1_000_000 + second * 10, second * 1_000);
  assert.equal(meter.rate(), 10);
  assert.equal(meter.secondsLeft(1_000_400), 10);
});

test('where nothing moves no time left is claimed', () => {
  const meter = rateMeter(10_000);
  assert.equal(meter.rate(), null);
  meter.add(5, 0);
  meter.add(5, 1_000);
  assert.equal(meter.secondsLeft(10), null);
});

test('a bar fits its width and never claims 100% before the end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 200 }),
      fc.nat(1_000),
      fc.integer({ min: 1, max: 1_000 }),
      (width, done, total) => {
        const line = barLine(
          { title: 'gateway-os-2.1.0.swu', done, total, words: '3.00 MiB of 5.00 MiB, 1.00 MiB/s, 2 s left' },
          width,
        );
        return line.length <= width && (line.includes('100%') ? done >= total : true);
      },
    ),
  );
});

test('on a terminal the bar is drawn over and over, elsewhere a line comes now and then', async () => {
  const [terminal, pipe] = [aShell({ columns: 80 }), aShell()];
  for (const shell of [terminal, pipe]) {
    const progress = uploadProgress('os.swu', shell, printerFor(shell, false));
    for (let step = 0; step <= 30; step += 1) {
      progress.sent(step * 1_000_000, 30_000_000);
      await shell.sleep(1_000);
    }
    progress.end();
  }
  assert.match(terminal.err(), /\[#+\.+\] +50%/);
  assert.match(terminal.err(), /976\.6 KiB\/s, \d+ s left/);
  assert.equal(pipe.err().trim().split('\n').length, 3);
  assert.ok(!pipe.err().includes('\u001b'));
});

test('with --json no progress is told', () => {
  const shell = aShell({ columns: 80 });
  uploadProgress('os.swu', shell, printerFor(shell, true)).sent(1, 2);
  assert.equal(shell.err(), '');
});
