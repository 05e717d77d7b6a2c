import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programsOrSkip } from '../programs/debian.ts';
import { follow } from './guide-reader.ts';

const GUIDE_LIMIT_MS = 240_000;

test('getting started: every command works in the order in which it stands', async (t) => {
  if (programsOrSkip(t, ['curl']) === undefined) return;
  const shown = await follow('docs/getting-started.md', GUIDE_LIMIT_MS);
  assert.match(shown, /succeeded/);
});

test('connecting SWUpdate: the configuration that is shown works with the real client', async (t) => {
  if (programsOrSkip(t, ['swupdate', 'openssl']) === undefined) return;
  const shown = await follow('docs/connect-swupdate.md', GUIDE_LIMIT_MS);
  assert.match(shown, /succeeded/);
  assert.match(shown, /confirmed/);
});

test('the API: a device, a release, a rollout and its forecast by curl, and the events of it', async (t) => {
  if (programsOrSkip(t, ['curl']) === undefined) return;
  const shown = await follow('docs/api.md', GUIDE_LIMIT_MS);
  assert.match(shown, /^os 2\.0 is held at "contact"/m);
  assert.match(shown, /^name-taken$/m);
  assert.match(shown, /^event: rollout\.started$/m);
});

test('the simulator: fifty devices join, take a rollout, and agree with their server', async () => {
  const shown = await follow('docs/simulator.md', GUIDE_LIMIT_MS);
  assert.match(shown, /All devices and the server agree\./);
});
