import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow } from './guide-reader.ts';

const GUIDE_LIMIT_MS = 240_000;

test('forecasts: a prior, what is measured, what came true, and a rehearsal', async () => {
  const shown = await follow('docs/forecast.md', GUIDE_LIMIT_MS);
  assert.match(shown, /assumed: too few were measured yet/);
  assert.match(shown, /What remains of it:/);
  assert.match(shown, /it ended at .* (earlier|later)/);
  assert.match(shown, /FORETOLD \(P50\) +P90 +CAME +OFF/);
  assert.match(shown, /^bytes +.*MiB.* MiB +\d+ %/m);
  assert.match(shown, /measured on this fleet/);
  assert.match(shown, /The error threshold fires in \d+ % of the runs/);
});
