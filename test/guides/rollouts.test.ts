import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { follow } from './guide-reader.ts';

const GUIDE_LIMIT_MS = 240_000;

suite('the guides to rollouts', { concurrency: 2 }, () => {
  test('a first rollout: preview, forecast, a pause by its threshold, the rest, and the failed again', async () => {
    const shown = await follow('docs/first-rollout.md', GUIDE_LIMIT_MS);
    assert.match(shown, /40 devices in 3 phases/);
    assert.match(shown, /paused: error-threshold/);
    assert.match(shown, /succeeded +4\b/);
  });

  test('when something goes wrong: what the page says to ask has an answer', async () => {
    const shown = await follow('docs/when-something-goes-wrong.md', GUIDE_LIMIT_MS);
    assert.match(shown, /shut +contact/);
    assert.match(shown, /spring is stopping/);
  });
});
