import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { startServerProcess } from '../src/index.ts';

test('a server that ends at its start is told at once, and is not asked any longer', async () => {
  const before = timers();
  const started = startServerProcess({
    dataDir: tmpdir(),
    environment: { UPDRAFT_LISTEN: 'nowhere' },
    signal: new AbortController().signal,
  });
  await assert.rejects(started, { code: 'program-failed', message: /UPDRAFT_LISTEN/ });
  assert.ok(timers() <= before, 'what asked for it goes on');
});

/** What other files of this process have left is theirs. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
