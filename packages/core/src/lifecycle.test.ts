import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignmentLifecycle } from './assignment-lifecycle.ts';
import { attemptLifecycle } from './attempt-lifecycle.ts';
import { diagramOf, edgeOf, endsEverywhere, isClosed, storedStates, type Lifecycle } from './lifecycle.ts';
import { releaseLifecycle } from './release-lifecycle.ts';
import { rolloutLifecycle } from './rollout-lifecycle.ts';

const lifecycles: readonly Lifecycle<string, string>[] = [
  attemptLifecycle,
  assignmentLifecycle,
  rolloutLifecycle,
  releaseLifecycle,
];

for (const lifecycle of lifecycles) {
  test(`${lifecycle.name}: closed stays closed`, () => {
    const leaving = lifecycle.edges.filter((edge) => isClosed(lifecycle, edge.from));
    assert.deepEqual(leaving, []);
  });

  test(`${lifecycle.name}: every state reaches a closed one`, () => {
    for (const start of lifecycle.states) assert.ok(reaches(lifecycle, start), start);
  });

  test(`${lifecycle.name}: every state but the first is entered by an edge`, () => {
    const entered = new Set(lifecycle.edges.map((edge) => edge.to));
    for (const state of lifecycle.states.slice(1)) assert.ok(entered.has(state), state);
  });

  test(`${lifecycle.name}: one event leads from a state to one state only`, () => {
    const keys = lifecycle.edges.map((edge) => `${edge.from} ${edge.event}`);
    assert.deepEqual(
      keys.filter((key, at) => keys.indexOf(key) !== at),
      [],
    );
  });

  test(`${lifecycle.name}: its diagram names every state`, () => {
    const diagram = diagramOf(lifecycle);
    for (const state of lifecycle.states) assert.ok(diagram.includes(`"${state}"`), state);
  });
}

test('an edge that is not declared is not found', () => {
  assert.equal(edgeOf(attemptLifecycle, 'scheduled', 'first-byte'), undefined);
});

test('an operator can end any open attempt, and time does', () => {
  assert.deepEqual(endsEverywhere(attemptLifecycle), ['force-quit', 'limit-passed']);
});

test('derived states are never stored', () => {
  assert.ok(!storedStates(attemptLifecycle).includes('scheduled'));
});

test('a device may refuse a cancel from wherever it was asked', () => {
  assert.equal(edgeOf(attemptLifecycle, 'canceling', 'cancel-refused')?.to, 'previous');
});

test('an edge that jumps over a stage says so', () => {
  assert.equal(edgeOf(attemptLifecycle, 'offered', 'report-succeeded')?.skip, true);
  assert.equal(edgeOf(attemptLifecycle, 'offered', 'first-byte')?.skip, undefined);
});

function reaches(lifecycle: Lifecycle<string, string>, start: string): boolean {
  const seen = new Set([start]);
  for (const state of seen) {
    if (isClosed(lifecycle, state)) return true;
    for (const edge of lifecycle.edges) if (edge.from === state && edge.to !== 'previous') seen.add(edge.to);
  }
  return false;
}
