import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { startServerProcess } from '../src/index.ts';

test('a server that ends at its start is told at once, and is not asked any longer', async () => {
  const started = startServerProcess({
    dataDir: tmpdir(),
    environment: { UPDRAFT_LISTEN: 'nowhere' },
    signal: new AbortController().signal,
  });
  await assert.rejects(started, { code: 'program-failed', message: /UPDRAFT_LISTEN/ });
  assert.equal(process.getActiveResourcesInfo().includes('Timeout'), false);
});
