import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aLostConnection, aPage, aShell } from '../../test/a-shell.ts';
import { AN_ID as ID, aRollout as anyRollout } from '../../test/api-answers.ts';

type Rollout = ReturnType<typeof anyRollout>;

function aRollout(state: Rollout['state'], counts: Rollout['counts']): Rollout {
  return anyRollout({ state, counts, total: 4 });
}

/** A server whose rollout is in one state after the other, as it is looked at; the last stays. */
function aCourse(...course: (object | Error)[]) {
  const left = [...course];
  return {
    'GET /rollouts': () => aPage(aRollout('running', {})),
    [`GET /rollouts/${ID}`]: () => (left.length > 1 ? left.shift() : left[0]) ?? {},
  };
}

for (const [what, last, status] of [
  ['in which every device got the release', aRollout('finished', { succeeded: 4 }), 0],
  ['in which one failed', aRollout('finished', { succeeded: 3, failed: 1 }), 1],
  ['that was stopped', aRollout('stopped', { succeeded: 4 }), 7],
] as const) {
  test(`watching a rollout ${what} ends with status ${status}`, async () => {
    const shell = aShell({
      answers: aCourse(aRollout('running', { ready: 4 }), aRollout('running', { succeeded: 2, downloading: 2 }), last),
    });
    assert.equal(await shell.updraft('rollout', 'watch', 'spring', '--json'), status);
    assert.deepEqual(JSON.parse(shell.out()), last);
    assert.equal(shell.err(), '');
  });
}

test('where there is no terminal a line tells each change of the counts, with rate and time left', async () => {
  const half = aRollout('running', { succeeded: 2, downloading: 2 });
  const shell = aShell({
    answers: aCourse(aRollout('running', { ready: 4 }), half, half, aRollout('finished', { succeeded: 4 })),
  });
  assert.equal(await shell.updraft('rollout', 'watch', 'spring', '--interval', '30'), 0);
  assert.deepEqual(shell.err().trim().split('\n'), [
    'spring running: ready 4 (0 of 4 ended)',
    'spring running: succeeded 2, downloading 2 (2 of 4 ended, 4.0/min, 30 s left)',
  ]);
});

test('on a terminal a bar and the counts are drawn over', async () => {
  const shell = aShell({
    columns: 100,
    answers: aCourse(aRollout('running', { succeeded: 2, downloading: 2 }), aRollout('finished', { succeeded: 4 })),
  });
  assert.equal(await shell.updraft('rollout', 'watch', 'spring'), 0);
  assert.match(shell.err(), /\[#{15}\.{15}\] +50% {2}2 of 4 ended/);
});

test('while a rollout is made its bar tells how far that is', async () => {
  const made = (planned: number, total: number | null) =>
    anyRollout({ state: 'creating', counts: {}, total: planned, creation: { planned, total } });
  const course = () => aCourse(made(0, null), made(3, 4), aRollout('finished', { succeeded: 4 }));
  const terminal = aShell({ columns: 100, answers: course() });
  assert.equal(await terminal.updraft('rollout', 'watch', 'spring'), 0);
  assert.match(terminal.err(), /in the making \[\.{30}\] +0% {2}its devices are counted/);
  assert.match(terminal.err(), /in the making \[#{23}\.{7}\] +75% {2}made for 3 of 4/);

  const file = aShell({ answers: course() });
  assert.equal(await file.updraft('rollout', 'watch', 'spring'), 0);
  assert.match(file.err(), /^spring creating \(its devices are counted\)$/m);
});

test('a server that restarts meanwhile is waited for', async () => {
  const shell = aShell({
    answers: aCourse(
      aRollout('running', {}),
      ...Array.from({ length: 9 }, aLostConnection),
      aRollout('finished', { succeeded: 4 }),
    ),
  });
  assert.equal(await shell.updraft('rollout', 'watch', 'spring'), 0);
});

test('a server that stays away ends the watch', async () => {
  const shell = aShell({ answers: aCourse(aRollout('running', {}), aLostConnection()) });
  assert.equal(await shell.updraft('rollout', 'watch', 'spring'), 5);
});
