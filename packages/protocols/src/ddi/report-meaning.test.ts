import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meaningOf, type Moment } from '@updraft/core';
import { DdiFeedback } from './feedback.ts';
import { meaningOfCancelFeedback, meaningOfFeedback } from './report-meaning.ts';
import { SWUPDATE_USER_AGENT } from './swupdate.ts';

type Said = {
  readonly execution: string;
  readonly finished: string;
  readonly progress?: { readonly cnt: number; readonly of: number };
  readonly details?: readonly string[];
};

function feedback({ execution, finished, progress, details }: Said): DdiFeedback {
  return DdiFeedback.parse({ status: { execution, result: { finished, progress }, details } });
}

/** What it is kept as, and the input that it is. */
function kindOf(said: Said, moment: Moment, userAgent?: string): string {
  const { kind, input } = meaningOf(meaningOfFeedback(feedback(said), userAgent), moment);
  return input === null ? kind : `${kind} ${input.type}${'vouches' in input ? ` ${input.vouches}` : ''}`;
}

const nothing = { cnt: 0, of: 0 };
const SUCCESS = { execution: 'closed', finished: 'success', progress: nothing, details: ['Update Installed.'] };
const FAILURE = { execution: 'closed', finished: 'failure', progress: nothing, details: ['Update Failed.'] };

test('SWUpdate’s result after a restart is confirmed only where it had said that it installed', () => {
  assert.equal(kindOf(SUCCESS, 'installed'), 'succeeded report-succeeded confirmed');
  assert.equal(kindOf(SUCCESS, 'otherwise'), 'succeeded report-succeeded reported');
  assert.equal(kindOf(SUCCESS, 'unbegun'), 'stale');
  assert.equal(kindOf(FAILURE, 'installed'), 'rolled-back report-rolled-back');
  assert.equal(kindOf(FAILURE, 'otherwise'), 'failed report-failed');
  assert.equal(kindOf(FAILURE, 'unbegun'), 'stale');
});

test('either sign beside SWUpdate’s words is enough to know it, and the words alone are not', () => {
  const { progress: _, ...bare } = SUCCESS;
  assert.equal(kindOf(bare, 'unbegun', SWUPDATE_USER_AGENT), 'stale');
  assert.equal(kindOf(SUCCESS, 'unbegun', 'curl/8.5.0'), 'stale');
  assert.equal(kindOf(bare, 'unbegun', 'curl/8.5.0'), 'succeeded report-succeeded reported');
  const more = { ...SUCCESS, details: ['Update Installed.', 'by hand'] };
  assert.equal(kindOf(more, 'unbegun', SWUPDATE_USER_AGENT), 'succeeded report-succeeded reported');
});

test('a device that says why it returned to its old slot has rolled back, for that reason', () => {
  const heard = (reason: string, moment: Moment, userAgent: string | undefined = SWUPDATE_USER_AGENT) => {
    const said = feedback({ ...FAILURE, details: ['Update Failed.', reason] });
    return meaningOf(meaningOfFeedback(said, userAgent), moment);
  };
  for (const reason of ['boot-limit', 'image-unloadable', 'server-unreachable', 'health:disk'])
    for (const moment of ['installed', 'otherwise'] as const)
      assert.deepEqual(heard(reason, moment).input, { type: 'report-rolled-back', message: reason });
  assert.equal(heard('boot-limit', 'unbegun').kind, 'stale');
  assert.equal(heard('disk full', 'installed').kind, 'failed');
  assert.equal(heard('health:', 'installed').kind, 'failed');
  assert.equal(heard('boot-limit', 'installed', 'curl/8.5.0').kind, 'failed');
});

test('an install is over with its last chunk, not with one of several', () => {
  const chunk = { execution: 'proceeding', finished: 'none', details: ['Installed Chunk.'] };
  assert.equal(kindOf({ ...chunk, progress: { cnt: 1, of: 2 } }, 'otherwise'), 'proceeding report-proceeding');
  assert.equal(kindOf({ ...chunk, progress: { cnt: 2, of: 2 } }, 'otherwise'), 'installed report-installed');
});

test('log lines of SWUpdate say that it installs only where it has downloaded', () => {
  const log = { execution: 'proceeding', finished: 'none', progress: { cnt: 3, of: 0 }, details: ['TRACE : x'] };
  assert.equal(kindOf(log, 'otherwise', SWUPDATE_USER_AGENT), 'noted report-noted');
  assert.equal(kindOf(log, 'downloaded', SWUPDATE_USER_AGENT), 'proceeding report-proceeding');
  assert.equal(kindOf(log, 'otherwise', 'other'), 'proceeding report-proceeding');
});

test('hawkBit’s executions mean what hawkBit makes of them', () => {
  const kinds = ['download', 'downloaded', 'proceeding', 'scheduled', 'resumed', 'rejected', 'canceled'].map(
    (execution) => kindOf({ execution, finished: 'failure' }, 'otherwise'),
  );
  const noted = 'noted report-noted';
  assert.deepEqual(kinds, [
    'downloading report-downloading',
    'downloaded report-downloaded',
    'proceeding report-proceeding',
    noted,
    noted,
    noted,
    noted,
  ]);
  assert.equal(kindOf({ execution: 'closed', finished: 'none' }, 'unbegun'), 'succeeded report-succeeded reported');
});

test('a rejection refuses an offer that has not begun, with the device’s words', () => {
  const said = feedback({ execution: 'rejected', finished: 'none', details: ['low battery'] });
  const { input } = meaningOf(meaningOfFeedback(said, undefined), 'unbegun');
  assert.deepEqual(input, { type: 'offer-refused', message: 'low battery' });
});

test('a failure’s messages are kept as one', () => {
  const said = feedback({ execution: 'closed', finished: 'failure', details: ['disk full', '', 'slot B'] });
  const { input } = meaningOf(meaningOfFeedback(said, undefined), 'otherwise');
  assert.deepEqual(input, { type: 'report-failed', message: 'disk full; slot B' });
});

test('a cancellation is acknowledged by its end, refused by its failure, and by nothing else', () => {
  const kind = (execution: string, finished: string) => {
    const { input } = meaningOfCancelFeedback(feedback({ execution, finished })).otherwise;
    return input?.type ?? null;
  };
  assert.equal(kind('closed', 'success'), 'cancel-acknowledged');
  assert.equal(kind('closed', 'none'), 'cancel-acknowledged');
  assert.equal(kind('closed', 'failure'), 'cancel-refused');
  assert.equal(kind('rejected', 'success'), 'cancel-refused');
  assert.equal(kind('canceled', 'success'), null);
  assert.equal(kind('proceeding', 'none'), null);
});
