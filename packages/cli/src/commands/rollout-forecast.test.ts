import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { CallAnswer } from '@updraft/protocols';
import { aPage, aShell, type AShell } from '../../test/a-shell.ts';
import { AN_ID as ID, aRollout } from '../../test/api-answers.ts';

type Foretold = CallAnswer<'rollouts.forecast-draft'>;

const NONE = { p50: 0, p90: 0 };
const NIGHT = { p50: '2026-03-02T01:00:00Z', p90: '2026-03-02T03:00:00Z' };
const LATER = { p50: '2026-03-03T01:00:00Z', p90: '2026-03-04T02:00:00Z' };
const NEVER = { p50: null, p90: null };

test('a forecast tells each end, the bottleneck and who will not make it, under a picture of the phases', async () => {
  const shell = aShell({
    answers: asking({ premise: 'started-now', now: aForecast(), atStart: null }),
    columns: 80,
    env: { NO_COLOR: '1' },
  });
  assert.equal(await shell.updraft('rollout', 'forecast', 'spring'), 0);
  const said = shell.out();
  assert.match(said, /canary +10 +2026-03-01 13:00 +2026-03-02 02:00 +2026-03-02 04:00/);
  assert.match(said, /whole +110 +2026-03-01 13:00 +2026-03-03 02:00 +2026-03-04 03:00/);
  assert.match(said, /bytes +1\.00 GiB \(P90 1\.50 GiB\)/);
  assert.match(said, /will not make it +3 never in contact, 1 to 2 fail/);
  assert.match(said, /bottleneck +parallel: twice of it has the last device done at 2026-03-02/);
  assert.match(said, / 13:00, 12 h 0 min sooner/);
  assert.match(said, /one device +5 min 00 s \(measured on this fleet\); 110 of them, 10/);
  const [canary = '', second = '', traffic = ''] = pictureOf(shell);
  assert.match(canary, /^canary +█+░+$/);
  assert.match(second, /^phase 2 +█+░+$/);
  assert.ok(second.indexOf('█') > canary.indexOf('█'), 'the second phase begins later');
  assert.match(traffic, /^traffic +▄ +█$/);
  assert.ok(said.split('\n').every((line) => line.length <= 80));
});

test('the phase of a running rollout began before now, and its bar begins at the edge', async () => {
  const start = { p50: '2026-02-20T12:00:00Z', p90: '2026-02-20T12:00:00Z' };
  const done = aPhase({ start, end: { p50: '2026-03-01T12:00:00Z', p90: '2026-03-01T12:00:00Z' } });
  const now = aForecast({ phases: [done, aPhase({ name: 'rest', start, end: LATER })] });
  const shell = aShell({ answers: asking({ premise: 'it-goes-on', now, atStart: null }) });
  assert.equal(await shell.updraft('rollout', 'forecast', 'spring'), 0);
  const [first = '', second = ''] = pictureOf(shell);
  assert.match(first, /^canary  █$/);
  assert.match(second, /^rest    █+░+$/);
});

test('what never ends in any run is said so, and no picture is drawn of it', async () => {
  const now = aForecast({ end: NEVER, lastSuccess: NEVER, phases: [aPhase({ end: NEVER })], bottleneck: null });
  const shell = aShell({ answers: asking({ premise: 'it-goes-on', now, atStart: null }) });
  assert.equal(await shell.updraft('rollout', 'forecast', 'spring'), 0);
  assert.match(shell.out(), /whole .* not in sight +not in sight/);
  assert.doesNotMatch(shell.out(), /█/);
});

test('a rollout that is over shows what was foretold and how far that was off', async () => {
  const outcome = {
    startedAt: '2026-03-01T12:00:00Z',
    endedAt: '2026-03-03T04:00:00Z',
    succeeded: 105,
    failed: 5,
    endError: 0.075,
    withinP90: true,
    bytes: { came: 1.25 * 2 ** 30, error: 0.2, withinP90: true },
    peakMbit: { came: 9.6, error: 1 / 6, withinP90: false },
    phases: [
      { name: 'canary', endedAt: '2026-03-02T02:00:00Z', endError: 0.03, withinP90: true },
      { name: '', endedAt: '2026-03-04T03:00:00Z', endError: 0.6, withinP90: false },
    ],
  };
  const atStart = { madeAt: '2026-03-01T12:00:00Z', forecast: aForecast(), served: null, outcome };
  const shell = aShell({ answers: asking({ premise: null, now: null, atStart }) });
  assert.equal(await shell.updraft('rollout', 'forecast', 'spring'), 0);
  assert.match(
    shell.out(),
    /foretold for 2026-03-03 02:00 \(P90 2026-03-04 03:00\); it ended at 2026-03-03 05:00, 3 h 0 min later/,
  );
  assert.match(shell.out(), /\(8 % of what it took\), within the P90: 105 succeeded, 5 failed\./);
  assert.match(shell.out(), /FORETOLD \(P50\) +P90 +CAME +OFF\n/);
  assert.match(shell.out(), /end of canary +2026-03-02 02:00 +2026-03-02 04:00 +2026-03-02 03:00 +3 %\n/);
  assert.match(shell.out(), /end of phase 2 .* 60 %, over the P90\n/);
  assert.match(shell.out(), /^bytes +1\.00 GiB +1\.50 GiB +1\.25 GiB +20 %$/m);
  assert.match(shell.out(), /^peak +8\.0 Mbit\/s +9\.0 Mbit\/s +9\.6 Mbit\/s +17 %, over the P90$/m);
  assert.doesNotMatch(shell.out(), /a CDN/);
});

test('what was off by more than people read as a percentage is told as a factor', async () => {
  const came = { startedAt: LATER.p50, endedAt: LATER.p90, succeeded: 110, failed: 0, withinP90: true };
  const amounts = {
    bytes: { came: 2 ** 20, error: 13.14, withinP90: true },
    peakMbit: { came: 1, error: 2.34, withinP90: true },
  };
  const outcome = { ...came, ...amounts, endError: 1.99, phases: [] };
  const atStart = { madeAt: LATER.p50, forecast: aForecast(), served: null, outcome };
  const shell = aShell({ answers: asking({ premise: null, now: null, atStart }) });
  assert.equal(await shell.updraft('rollout', 'forecast', 'spring'), 0);
  assert.match(shell.out(), /^end .* 199 %$/m);
  assert.match(shell.out(), /^bytes .* 13 times$/m);
  assert.match(shell.out(), /^peak .* 2\.3 times$/m);
});

test('while a rollout runs what has flowed stands beside what was foretold at its start', async () => {
  const served = { bytes: 300 * 2 ** 20, peakMbit: 4.25 };
  const atStart = { madeAt: '2026-03-01T12:00:00Z', forecast: aForecast(), served, outcome: null };
  const shell = aShell({ answers: asking({ premise: 'it-goes-on', now: aForecast(), atStart }) });
  assert.equal(await shell.updraft('rollout', 'forecast', 'spring'), 0);
  assert.match(shell.out(), /FORETOLD \(P50\) +P90 +SO FAR\n/);
  assert.match(shell.out(), /^bytes +1\.00 GiB +1\.50 GiB +300\.0 MiB$/m);
  assert.match(shell.out(), /^peak +8\.0 Mbit\/s +9\.0 Mbit\/s +4\.3 Mbit\/s$/m);
});

test('where the server handed out little of what was foretold, it is said what is counted', async () => {
  const none = { came: 0, error: null, withinP90: null };
  const came = { startedAt: LATER.p50, endedAt: LATER.p90, succeeded: 110, failed: 0, endError: null, withinP90: null };
  const outcome = { ...came, bytes: none, peakMbit: none, phases: [] };
  const atStart = { madeAt: LATER.p50, forecast: aForecast(), served: null, outcome };
  const shell = aShell({ answers: asking({ premise: null, now: null, atStart }) });
  assert.equal(await shell.updraft('rollout', 'forecast', 'spring'), 0);
  assert.match(shell.out(), /^bytes +1\.00 GiB +1\.50 GiB +0 B +-$/m);
  assert.match(shell.out(), /what came from a cache, a CDN or over signed links is not among them/);
});

test('a draft is foretold from a file and options, and nothing is made', async () => {
  const shell = aShell({ answers: { 'POST /rollouts/forecast': () => aForecast() } });
  const file = path.join(shell.folder, 'spring.json');
  writeFileSync(file, JSON.stringify({ filter: 'type==a', policy: { pace: { parallel: 10 } } }));
  const argv = ['rollout', 'forecast', '--release', ID, '--file', file, '--filter', 'type==b', '--json'];
  assert.equal(await shell.updraft(...argv), 0);
  assert.deepEqual(JSON.parse(shell.out()), aForecast());
  assert.deepEqual(
    shell.asked.map(({ body }) => body),
    [{ release: ID, filter: 'type==b', policy: { pace: { parallel: 10 } } }],
  );
});

test('a rehearsal tells when the error threshold fires and how many are broken', async () => {
  const errorThreshold = { share: 0.95, at: NIGHT, erred: { p50: 7, p90: 9 }, broken: { p50: 8, p90: 11 }, phase: 1 };
  const shell = aShell({ answers: { 'POST /rollouts/rehearse': () => aForecast({ errorThreshold }) } });
  assert.equal(await shell.updraft('rollout', 'simulate', '--release', ID, '--failing', '7.5'), 0);
  assert.deepEqual(shell.asked[0]?.body, { release: ID, failingPercent: 7.5 });
  const said = shell.out().replaceAll('\n', ' ');
  assert.match(
    said,
    /fires in 95 % of the runs, most often in canary, at 2026-03-02 02:00 .* it takes 7 devices that have erred/,
  );
  assert.match(said, /8 devices \(at most 11 in nine of ten runs\) will be broken/);
});

test('a rollout that is made is rehearsed by its name', async () => {
  const shell = aShell({
    answers: {
      'GET /rollouts': () => aPage(aRollout()),
      [`POST /rollouts/${ID}/rehearse`]: () => aForecast(),
    },
  });
  assert.equal(await shell.updraft('rollout', 'simulate', 'spring', '--failing', '5', '--json'), 0);
  assert.deepEqual(shell.asked.at(-1)?.body, { failingPercent: 5 });
});

test('a phase whose devices ask their users says so: their yes is taken to come at once', async () => {
  const now = aForecast({ phases: [aPhase({ asksConsent: true }), aPhase({ name: 'rest' })] });
  const shell = aShell({ answers: asking({ premise: 'started-now', now, atStart: null }) });
  assert.equal(await shell.updraft('rollout', 'forecast', 'spring'), 0);
  assert.match(shell.out(), /consent +canary: taken to be given as soon as it is asked for/);
});

for (const [what, argv] of [
  ['neither a rollout nor a release', ['forecast']],
  ['both a rollout and a draft', ['forecast', 'spring', '--release', ID]],
  ['a rehearsal of a rollout and a draft', ['simulate', 'spring', '--release', ID]],
  ['more than all devices', ['simulate', '--release', ID, '--failing', '101']],
  ['two ways in which attempts end', ['simulate', '--release', ID, '--failing', '1', '--like', ID]],
  ['a file that is not there', ['forecast', '--release', ID, '--file', '/nowhere/spring.json']],
] as const) {
  test(`a forecast of ${what} is wrong use`, async () => {
    const shell = aShell({ answers: asking({ premise: null, now: null, atStart: null }) });
    assert.equal(await shell.updraft('rollout', ...argv), 2);
    assert.deepEqual(
      shell.asked.map(({ method }) => method).filter((method) => method === 'POST'),
      [],
    );
  });
}

function asking(answer: CallAnswer<'rollouts.forecast'>) {
  return { 'GET /rollouts': () => aPage(aRollout()), [`GET /rollouts/${ID}/forecast`]: () => answer };
}

function pictureOf(shell: AShell): string[] {
  const lines = shell.out().split('\n');
  return lines.filter((line) => /[█▄]/.test(line));
}

function aPhase(wish: Partial<Foretold['phases'][number]> = {}): Foretold['phases'][number] {
  const start = { p50: '2026-03-01T12:00:00Z', p90: '2026-03-01T12:00:00Z' };
  return { name: 'canary', devices: 10, byHand: false, asksConsent: false, start, reached: NIGHT, end: NIGHT, ...wish };
}

function aForecast(wish: Partial<Foretold> = {}): Foretold {
  return {
    from: '2026-03-01T12:00:00Z',
    devices: 110,
    phases: [aPhase(), aPhase({ name: '', devices: 100, start: NIGHT, reached: LATER, end: LATER })],
    end: LATER,
    lastSuccess: { p50: LATER.p50, p90: LATER.p50 },
    bytes: { p50: 2 ** 30, p90: 1.5 * 2 ** 30 },
    peakMbit: { p50: 8, p90: 9 },
    profile: [
      { at: '2026-03-01T12:00:00Z', mbit: 4 },
      { at: '2026-03-04T02:00:00Z', mbit: 8 },
    ],
    profileSeconds: 900,
    succeeded: { p50: 106, p90: 107 },
    missed: {
      'never-in-contact': { p50: 3, p90: 3 },
      'offline-in-windows': NONE,
      'window-too-short': NONE,
      silent: NONE,
      failed: { p50: 1, p90: 2 },
    },
    outlasted: NONE,
    errorThreshold: { share: 0, at: NEVER, erred: NONE, broken: NONE, phase: null },
    stuckShare: 0,
    paper: { s1: 300, n: 110, parallel: 10, sN: 3300 },
    measured: true,
    bottleneck: { setting: 'parallel', end: '2026-03-02T12:00:00Z', savedSeconds: 43_200 },
    reckoned: false,
    runs: 40,
    ...wish,
  };
}
