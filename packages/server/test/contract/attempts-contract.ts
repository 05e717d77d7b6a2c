import assert from 'node:assert/strict';
import { SWUPDATE_SAYS, type Report } from '../a-fleet.ts';
import { assigned, gateOf, offeredNumber, RETRY } from './assigned-device.ts';
import { CONSENT_CHECKS } from './consent-checks.ts';
import { TOGETHER_CHECKS } from './together-checks.ts';
import { eventually, fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';

/** How an attempt fails and is tried again, is consented to, and shows what it brought. */
export function attemptsContract(maker: FleetMaker): void {
  fleetTests(maker, 'attempts', { ...CHECKS, ...CONSENT_CHECKS, ...TOGETHER_CHECKS });
}

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a failed attempt is tried again after its back-off, under a wire id of its own': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: RETRY });
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.installFailed);
    const waiting = await fleet.assignment(number);
    assert.deepEqual([waiting.state, waiting.endedAt, waiting.failedAttempts], ['ready', null, 1]);
    assert.deepEqual([waiting.reason, waiting.attempts[0]?.state], ['failed', 'failed']);
    assert.equal((await device.poll()).deploymentBase, undefined, 'it backs off');

    fleet.pass(101);
    const second = await offeredNumber(device);
    assert.notEqual(second, number);
    assert.deepEqual(await wireIds(fleet, number), [number, second]);
    assert.equal((await device.ask(`deploymentBase/${second}`)).status, 200);
    await device.report(second, SWUPDATE_SAYS.start);
    await device.report(second, SWUPDATE_SAYS.installed);
    await device.report(second, SWUPDATE_SAYS.success);
    const ended = await fleet.assignment(number);
    assert.deepEqual([ended.state, ended.reason, ended.attempts[1]?.evidence], ['succeeded', null, ['confirmed']]);
  },

  'a new attempt ends the old wire id: what is still said about it is gone': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: RETRY });
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.installFailed);
    assert.equal((await device.report(number, SWUPDATE_SAYS.start)).status, 410, 'while it backs off');
    assert.equal((await device.ask(`deploymentBase/${number}`)).status, 200, 'it is still described');
    fleet.pass(101);
    const second = await offeredNumber(device);
    for (const said of [SWUPDATE_SAYS.start, SWUPDATE_SAYS.success, SWUPDATE_SAYS.installFailed])
      assert.equal((await device.report(number, said)).status, 410);
    assert.equal((await device.ask(`deploymentBase/${number}`)).status, 200);
    assert.equal((await device.ask(`cancelAction/${number}`)).status, 404);
    assert.deepEqual(await states(fleet, number), ['failed', 'offered']);
    await fleet.api.call('assignments.cancel', { params: { number } });
    assert.match((await device.poll()).cancelAction ?? '', new RegExp(`/cancelAction/${second}$`));
    assert.equal((await device.report(number, { about: 'cancelAction' })).status, 410);
    assert.equal((await device.report(second, { about: 'cancelAction' })).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'canceled');
    const other = await fleet.device();
    assert.equal((await other.ask(`deploymentBase/${second}`)).status, 404, 'a retry is nobody else’s');
  },

  'the result of the first attempt, told again to the second, does not count': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: RETRY });
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.installFailed);
    fleet.pass(101);
    const second = await offeredNumber(device);
    assert.equal((await device.report(second, SWUPDATE_SAYS.bootFailed)).status, 200);
    assert.deepEqual(await states(fleet, number), ['failed', 'offered']);
  },

  'after the last retry it is given up, with the last failure': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: { ...RETRY, limit: 1 } });
    for (const wait of [0, 101]) {
      fleet.pass(wait);
      const action = await offeredNumber(device);
      await device.report(action, SWUPDATE_SAYS.start);
      await device.report(action, SWUPDATE_SAYS.installFailed);
    }
    const { state, failedAttempts, message } = await fleet.assignment(number);
    assert.deepEqual([state, failedAttempts], ['failed', 2]);
    assert.match(message ?? '', /Signature/);
  },

  'a failure that the policy does not name is not tried again': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: RETRY });
    await device.poll();
    for (const said of [SWUPDATE_SAYS.start, SWUPDATE_SAYS.installed, SWUPDATE_SAYS.bootFailed])
      await device.report(number, said);
    assert.equal((await fleet.assignment(number)).state, 'failed');
  },

  'an attempt whose time is over is tried again': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: RETRY, timeLimits: { downloadingSeconds: 60 } });
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    fleet.pass(61);
    await eventually(async () => ((await states(fleet, number))[0] === 'timed-out' ? true : null));
    const { reason, notBefore } = await fleet.assignment(number);
    assert.equal(reason, 'downloading-limit');
    assert.notEqual(notBefore, null);
    fleet.pass(101);
    assert.notEqual(await offeredNumber(device), number);
  },

  'every stage has a limit of its own, and each says which it was': async (fleet) => {
    const seconds = { downloadedSeconds: 60, installingSeconds: 60, awaitingReportSeconds: 60, cancelingSeconds: 60 };
    const release = await fleet.release();
    const start = async (...said: readonly Report[]) => {
      const device = await fleet.device();
      const body = { release: release.id, devices: [device.name], policy: { timeLimits: seconds, retries: RETRY } };
      const number = (await fleet.api.call('assignments.create', { body })).assigned[0]?.number ?? 0;
      await device.poll();
      for (const report of said) await device.report(number, report);
      return number;
    };
    const downloaded = await start({ execution: 'downloaded', finished: 'none' });
    const installing = await start({ execution: 'proceeding', finished: 'none' });
    const restarting = await start(SWUPDATE_SAYS.start, SWUPDATE_SAYS.installed);
    const canceling = await start(SWUPDATE_SAYS.start);
    await fleet.api.call('assignments.cancel', { params: { number: canceling } });
    fleet.pass(61);
    const ends = await Promise.all(
      [downloaded, installing, restarting, canceling].map(async (number) =>
        eventually(async () => {
          const { state, reason } = await fleet.assignment(number);
          return reason === null ? null : [state, reason];
        }),
      ),
    );
    assert.deepEqual(ends, [
      ['ready', 'downloaded-limit'],
      ['ready', 'installing-limit'],
      ['ready', 'awaiting-report-limit'],
      ['canceled', 'canceling-limit'],
    ]);
  },

  'a dead device’s attempt is ended without asking it, and the next update is offered at once': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: RETRY });
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await fleet.api.call('assignments.cancel', { params: { number } });
    const next = await fleet.assign(await fleet.release(), device);
    assert.match((await device.poll()).cancelAction ?? '', new RegExp(`/${number}$`), 'it is asked to cancel');
    const { state, reason, attempts } = await fleet.api.call('assignments.force-quit', { params: { number } });
    assert.deepEqual([state, reason, attempts[0]?.state], ['canceled', 'force-quit', 'canceled']);
    assert.equal(await offeredNumber(device), next.number);
    assert.equal((await device.report(number, { details: ['done'] })).status, 410);
  },

  'what backs off is canceled at once: nothing of it is in the device’s hands': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: RETRY });
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.installFailed);
    const canceled = await fleet.api.call('assignments.cancel', { params: { number } });
    assert.deepEqual([canceled.state, canceled.attempts.length], ['canceled', 1]);
  },

  'a cancel that the device refused is remembered: a newer update waits for the true end, an operator may ask again':
    async (fleet) => {
      const { device, number } = await assigned(fleet, {});
      await device.poll();
      await device.report(number, SWUPDATE_SAYS.start);
      await fleet.api.call('assignments.cancel', { params: { number } });
      await device.poll();
      await device.report(number, { about: 'cancelAction', execution: 'rejected' });
      assert.match((await gateOf(fleet, device, 'device-refusal'))?.fact ?? '', /refused to cancel/);

      const newer = await fleet.assign(await fleet.release(), device);
      assert.equal((await device.poll()).cancelAction, undefined, 'the server does not ask again');
      assert.equal((await fleet.assignment(newer.number)).state, 'ready');
      await fleet.api.call('assignments.cancel', { params: { number } });
      assert.match((await device.poll()).cancelAction ?? '', new RegExp(`/${number}$`));
      await device.report(number, { about: 'cancelAction', execution: 'closed', finished: 'failure' });
      await device.report(number, { details: ['done'] });
      assert.equal((await fleet.assignment(number)).state, 'succeeded');
      assert.equal(await offeredNumber(device), newer.number);
    },

  'an update that is to be downloaded only ends when it is downloaded, and the release does not run': async (fleet) => {
    const { device, number } = await assigned(fleet, { action: { kind: 'download-only' } });
    await device.poll();
    await device.report(number, { execution: 'downloaded', finished: 'none' });
    const { state, reason } = await fleet.assignment(number);
    assert.deepEqual([state, reason], ['succeeded', 'downloaded']);
    assert.equal((await device.report(number, { details: ['done'] })).status, 410);
    const shown = await fleet.api.call('devices.show', { params: { device: device.name } });
    assert.equal(shown.runningRelease, null);
  },

  'a slot that changed is evidence, the slot from before is none': async (fleet) => {
    const type = await aType(fleet, { slotAttribute: 'slot' });
    const { device, number } = await assigned(fleet, {}, type);
    await device.attributes({ slot: 'a' });
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, { details: ['done'] });
    await device.attributes({ slot: 'a' });
    assert.equal((await fleet.assignment(number)).state, 'verifying');
    await device.attributes({ slot: 'b' });
    const { state, attempts } = await fleet.assignment(number);
    assert.deepEqual([state, attempts[0]?.evidence], ['succeeded', ['observed', 'reported']]);
  },

  'a boot id must have changed since the device said that it had installed': async (fleet) => {
    const type = await aType(fleet, { bootIdAttribute: 'boot' });
    const { device, number } = await assigned(fleet, {}, type);
    await device.attributes({ boot: 'x' });
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.attributes({ boot: 'y' });
    await device.report(number, { details: ['done'] });
    await device.attributes({ boot: 'y' });
    assert.equal((await fleet.assignment(number)).state, 'verifying', 'it rebooted before it installed');
    await device.attributes({ boot: 'z' });
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },

  'a device that shows nothing in time has no evidence, and is tried again where the policy says so': async (fleet) => {
    const facts = { versionAttribute: 'version', verifyingSeconds: 60 };
    const retries = { ...RETRY, on: ['no-evidence' as const] };
    const { device, number } = await assigned(fleet, { retries }, await aType(fleet, facts));
    await device.poll();
    await device.report(number, { details: ['done'] });
    fleet.pass(61);
    await eventually(async () => ((await states(fleet, number))[0] === 'failed' ? true : null));
    const { state, reason, failedAttempts } = await fleet.assignment(number);
    assert.deepEqual([state, reason, failedAttempts], ['ready', 'no-evidence', 1]);
    fleet.pass(101);
    const second = await offeredNumber(device);
    await device.report(second, { details: ['done'] });
    await device.attributes({ version: '2.0' });
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },

  'what a type names counts together, and its own time for it': async (fleet) => {
    const facts = { versionAttribute: 'version', slotAttribute: 'slot', verifyingSeconds: 60 };
    const { device, number } = await assigned(fleet, {}, await aType(fleet, facts));
    await device.attributes({ version: '1.0', slot: 'a' });
    await device.poll();
    await device.report(number, { details: ['done'] });
    fleet.pass(1);
    await device.attributes({ version: '2.0', slot: 'a' });
    assert.equal((await fleet.assignment(number)).state, 'verifying');
    fleet.pass(61);
    const ended = await eventually(async () => {
      const now = await fleet.assignment(number);
      return now.endedAt === null ? null : now;
    });
    assert.deepEqual([ended.state, ended.reason], ['failed', 'booted-old-version']);
  },
};

async function aType(fleet: TimedFleet, facts: object): Promise<string> {
  const name = `board-${Math.random()}`;
  await fleet.api.call('device-types.create', { body: { name, ...facts } });
  return name;
}

async function wireIds(fleet: TimedFleet, number: number): Promise<readonly number[]> {
  return (await fleet.assignment(number)).attempts.map((attempt) => attempt.number);
}

async function states(fleet: TimedFleet, number: number): Promise<readonly string[]> {
  return (await fleet.assignment(number)).attempts.map(({ state }) => state);
}
