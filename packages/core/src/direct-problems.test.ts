import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ignoredByDirect } from './direct-problems.ts';

test('what only rollouts have is told of where it is asked for, and not where it says what is so anyway', () => {
  assert.deepEqual(ignoredByDirect({}), []);
  assert.deepEqual(
    ignoredByDirect({ start: { by: 'ready' }, approval: 'none', dynamic: false, onFailure: 'pause' }),
    [],
  );
  const asked = ignoredByDirect({
    start: { by: 'first-window' },
    approval: 'by-right',
    dynamic: true,
    onFailure: 'stop',
  });
  assert.deepEqual(
    asked.map(({ code, path, severity }) => [code, path, severity]),
    ['start', 'approval', 'dynamic', 'onFailure'].map((part) => ['direct-ignores', `policy.${part}`, 'warned']),
  );
});
