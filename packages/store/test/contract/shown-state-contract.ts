import assert from 'node:assert/strict';
import {
  ASSIGNMENT_STATES,
  assignmentLifecycle,
  attemptLifecycle,
  displayedState,
  isClosed,
  PHASE_STATES,
  shownState,
  storedStates,
} from '@updraft/core';
import { sql } from 'kysely';
import { shownStateSql } from '../../src/list/shown-state-sql.ts';
import { storeTest, type StoreMaker } from './store-maker.ts';

const ENDED_AT = 1;
const attemptStates = [null, ...storedStates(attemptLifecycle)];

/** Whether the phase asks for consent, as it says itself, and its rollout. */
const CONSENTS = [
  [null, 0],
  [null, 1],
  [0, 1],
  [1, 0],
] as const;

/** What lists show of an assignment is what core shows, in every state that its rows can stand in. */
export function shownStateContract(maker: StoreMaker): void {
  storeTest(
    maker,
    'the last move of a rollout is found by what moved it, whatever its record names',
    async ({ commands }) => {
      assert.equal(await commands.run('revision.last-move', undefined), 101);
    },
  );

  storeTest(maker, 'the state that lists filter by is the state that core shows', async ({ reader }) => {
    for (const assignment of ASSIGNMENT_STATES)
      for (const attempt of attemptStates)
        for (const phase of PHASE_STATES)
          for (const [ofPhase, ofRollout] of CONSENTS) {
            const endedAt = isClosed(assignmentLifecycle, assignment) ? ENDED_AT : null;
            const attemptEndedAt = attempt !== null && isClosed(attemptLifecycle, attempt) ? ENDED_AT : null;
            const { rows } = await sql<{ shown: string }>`
              select ${shownStateSql} as shown
              from (select cast(${assignment} as text) as state, ${sql.lit(endedAt)} as ended_at) as assignment,
                (select cast(${attempt} as text) as state, ${sql.lit(attemptEndedAt)} as ended_at) as attempt,
                (select cast(${phase} as text) as state, cast(${sql.lit(ofPhase)} as integer) as asks_consent) as phase,
                (select ${sql.lit(ofRollout)} as asks_consent) as rollout`.execute(reader);
            const asksConsent = (ofPhase ?? ofRollout) === 1;
            const expected = displayedState(shownState(assignment, attempt, { state: phase, asksConsent }));
            assert.equal(rows[0]?.shown, expected, JSON.stringify({ assignment, attempt, phase, ofPhase, ofRollout }));
          }
  });
}
