import assert from 'node:assert/strict';
import { test } from 'node:test';
import { USTATE } from '../devices/boot-environment.ts';
import { hashOf } from '../devices/slot-image.ts';
import { SAYS } from '../devices/swupdate-words.ts';
import { type Json, Operator } from './hawkbit-operator.ts';
import { NEW_VERSION } from './lab.ts';
import { until } from './until.ts';

const LIMITS = { timeout: 240_000 };
/** So many polls find nothing before a test believes that nothing is offered. */
const POLLS_IN_VAIN = 3;

test('scripts and operators of hawkBit work as they do', LIMITS, async (t) => {
  await using operator = await Operator.open(t);
  if (operator === undefined) return;
  await t.test('a device that a script has made takes its update with the token that the script has read', () =>
    script(operator),
  );
  await t.test('a device that knows no confirmation polls until its user has confirmed', () => confirmation(operator));
});

async function script(operator: Operator): Promise<void> {
  await operator.curl('POST', '/targets', [{ controllerId: 'ddi1', name: 'ddi1' }]);
  const device = await operator.device('ddi2');
  const set = await operator.distributionSet(device, 'script');
  await device.start();
  const action = await operator.assign('ddi2', set);
  await device.waitForLog(SAYS.installed);
  await device.reboot('boots-new');
  await operator.untilStatus('ddi2', action, 'finished');
  assert.equal(await device.slotHash('B'), hashOf(operator.image));
  const { updateStatus, installedAt } = await operator.curl('GET', '/targets/ddi2');
  assert.deepEqual([updateStatus, typeof installedAt], ['in_sync', 'number']);
  assert.equal((await operator.curl('GET', '/targets/ddi2/installedDS')).id, set);
  const { version } = await operator.curl('GET', '/targets/ddi2/attributes');
  assert.equal(version, NEW_VERSION);
  const { content } = await operator.curl('GET', '/targets?q=name=ge=ddi2');
  assert.deepEqual(
    content.map(({ controllerId }: Json) => controllerId),
    ['ddi2'],
  );
  await device.stop();
}

/** Beside it: one that may only download refuses that once, and one that begins with an old result is called off. */
async function confirmation(operator: Operator): Promise<void> {
  const [asked, kept, late] = [
    await operator.device('asked'),
    await operator.device('kept'),
    await operator.device('late'),
  ];
  const set = await operator.distributionSet(asked, 'consent');
  await operator.curl('PUT', '/system/configs/user.confirmation.flow.enabled', { value: true });
  const action = await operator.assign('asked', set, { type: 'soft' });
  const download = await operator.assign('kept', set, { type: 'downloadonly', confirmationRequired: false });
  const left = await operator.assign('late', set, { confirmationRequired: false });
  await operator.curl('DELETE', `/targets/late/actions/${left}`);
  await late.setenv({ ustate: USTATE.testing });
  await Promise.all([asked.start(), kept.start(), late.start()]);
  await operator.untilStatus('late', left, 'canceled');
  const before = await operator.polls();
  await until({
    what: 'polls in vain',
    look: () => operator.polls(),
    isIt: (polls) => polls >= before + 3 * POLLS_IN_VAIN,
  });
  await operator.untilStatus('asked', action, 'wait_for_confirmation');
  const confirm = `/targets/asked/actions/${action}/confirmation`;
  await operator.curl('PUT', confirm, { confirmation: 'confirmed', details: ['by phone'] });
  await asked.waitForLog(SAYS.installed);
  await asked.reboot('boots-new');
  await operator.untilStatus('asked', action, 'finished');
  assert.equal(await asked.slotHash('B'), hashOf(operator.image));
  assert.equal((await operator.curl('GET', `/targets/kept/actions/${download}`)).active, true);
  assert.equal((await kept.log()).match(/Update classified as 'skip'/g)?.length, 1);
  for (const device of [kept, late])
    assert.equal(await device.slotHash('B'), hashOf(Buffer.alloc(operator.image.length)));
}
