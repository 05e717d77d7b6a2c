import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reporter } from '@updraft/store';
import { createCommitListeners } from '../commit-listeners.ts';
import { rememberReporters } from './reporter-memory.ts';

const DEVICE = 7;
const TENANT = 1;
const nothing = { devices: [], tenants: [], events: false };

const reporterOf = (tokenHash: string): Reporter => ({
  tenant: { id: TENANT, name: 'DEFAULT', targetTokens: true, gatewayTokens: false, headerAuthorities: null },
  device: { id: DEVICE, tokenHash, facts: { name: 'gw', identity: 'accepted', type: null }, bearers: [] },
});

function aMemory() {
  const commits = createCommitListeners();
  const stored = { token: 'a', isKnown: true, reads: 0 };
  /** What happens after the database has answered and before the answer is there. */
  const meanwhile = { act: () => {} };
  const read = async (_: string, subject: string): Promise<Reporter | null> => {
    stored.reads += 1;
    const { tenant, device } = reporterOf(stored.token);
    meanwhile.act();
    return { tenant, device: stored.isKnown && subject === 'gw' ? device : null };
  };
  const recall = rememberReporters(read, commits);
  const tokenOf = async (subject = 'gw') => (await recall('default', subject))?.device?.tokenHash;
  return { commits, stored, meanwhile, tokenOf };
}

test('who reports is read once, also while he goes on', async () => {
  const { commits, stored, tokenOf } = aMemory();
  for (let said = 0; said < 3; said += 1) {
    assert.equal(await tokenOf(), 'a');
    commits.touched({ ...nothing, heard: [DEVICE] });
  }
  assert.equal(stored.reads, 1);
});

test('a commit that touched the device or its tenant has both read again, and one of another has not', async () => {
  const { commits, stored, tokenOf } = aMemory();
  await tokenOf();
  stored.token = 'b';
  commits.touched({ ...nothing, devices: [DEVICE + 1], tenants: [TENANT + 1] });
  assert.equal(await tokenOf(), 'a');
  commits.touched({ ...nothing, devices: [DEVICE], heard: [DEVICE] });
  assert.equal(await tokenOf(), 'b');
  stored.token = 'c';
  commits.touched({ ...nothing, tenants: [TENANT] });
  assert.equal(await tokenOf(), 'c');
  stored.token = 'd';
  commits.missed();
  assert.equal(await tokenOf(), 'd');
  assert.equal(stored.reads, 4);
});

test('what is committed while it is read has it read again', async () => {
  const { commits, stored, meanwhile, tokenOf } = aMemory();
  meanwhile.act = () => {
    stored.token = 'b';
    commits.touched({ ...nothing, devices: [DEVICE] });
  };
  assert.equal(await tokenOf(), 'a');
  meanwhile.act = () => {};
  assert.equal(await tokenOf(), 'b');
});

test('nobody is remembered as unknown', async () => {
  const { stored, tokenOf } = aMemory();
  stored.isKnown = false;
  assert.equal(await tokenOf(), undefined);
  stored.isKnown = true;
  assert.equal(await tokenOf(), 'a');
  assert.equal(await tokenOf('gw-2'), undefined);
});
