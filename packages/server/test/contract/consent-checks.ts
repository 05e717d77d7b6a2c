import { MAX_OFFER_REFUSALS } from '@updraft/core';
import assert from 'node:assert/strict';
import { SWUPDATE_SAYS } from '../a-fleet.ts';
import { askedNumber, assigned, consentBy, eventsOf, gateOf, offeredNumber, RETRY } from './assigned-device.ts';
import { eventually, type FleetCheck } from './fleet-maker.ts';

/** What a device's user, and the device itself, say to what they are offered. */
export const CONSENT_CHECKS: Readonly<Record<string, FleetCheck>> = {
  'without consent nothing is offered; a person can give it in the user’s place': async (fleet) => {
    const { device, number } = await assigned(fleet, { consent: { required: true } });
    assert.equal((await device.poll()).deploymentBase, undefined);
    const params = { number };
    const body = { consent: 'declined', note: 'not during the shift' } as const;
    const declined = await fleet.api.call('assignments.consent', { params, body });
    assert.deepEqual([declined.state, declined.attempts[0]?.consent], ['awaiting-consent', 'declined']);
    assert.notEqual(declined.attempts[0]?.asksAgainAt, null, 'asked again as the policy says');
    assert.equal((await device.poll()).deploymentBase, undefined);
    assert.match((await gateOf(fleet, device, 'consent'))?.fact ?? '', /declined; asked again/);
    fleet.pass(86_401);
    assert.equal((await device.poll()).deploymentBase, undefined, 'a no stays one until somebody says yes');
    const given = await fleet.api.call('assignments.consent', { params, body: { consent: 'given' } });
    assert.deepEqual(
      [given.state, given.attempts[0]?.consent, given.attempts[0]?.asksAgainAt],
      ['ready', 'given', null],
    );
    assert.equal(await offeredNumber(device), number);
    // An event is listed once the sequencer has given it its place, behind its commit.
    const told = await eventually(async () => {
      const events = await eventsOf(fleet, 'attempt.consent-*');
      const own = events.filter(({ data }) => data['assignment'] === number);
      return own.length < 2 ? null : own;
    });
    assert.deepEqual(
      told.map(({ name, data }) => [name, data['note']]),
      [
        ['attempt.consent-declined', 'not during the shift'],
        ['attempt.consent-given', ''],
      ],
    );
  },

  'a no and a yes of its user in a back-off end no back-off': async (fleet) => {
    const { device, number } = await assigned(fleet, {
      retries: RETRY,
      consent: { required: true, askAgainSeconds: 600 },
    });
    const answer = (consent: 'given' | 'declined') =>
      fleet.api.call('assignments.consent', { params: { number }, body: { consent } });
    await answer('given');
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.installFailed);
    const { notBefore } = await fleet.assignment(number);
    assert.notEqual(notBefore, null);

    const declined = await answer('declined');
    assert.equal(declined.notBefore, notBefore);
    const given = await answer('given');
    assert.deepEqual([given.notBefore, given.attempts[1]?.asksAgainAt], [notBefore, null]);
    assert.equal((await device.poll()).deploymentBase, undefined);
    assert.equal((await gateOf(fleet, device, 'back-off'))?.nextChange, notBefore);
    fleet.pass(101);
    assert.notEqual(await offeredNumber(device), number);
    assert.equal((await fleet.assignment(number)).notBefore, null);
  },

  'the user is asked about a retry anew, under its own id, while its back-off runs': async (fleet) => {
    const { device, number } = await assigned(fleet, { retries: RETRY, consent: { required: true } });
    assert.equal(await askedNumber(device), number);
    assert.deepEqual((await fleet.assignment(number)).attempts, [], 'a question alone writes nothing');
    await consentBy(device, number);
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.installFailed);
    const { notBefore } = await fleet.assignment(number);

    const retry = await askedNumber(device);
    assert.notEqual(retry, number);
    assert.equal(await askedNumber(device), retry, 'once');
    const asked = await fleet.assignment(number);
    assert.deepEqual([asked.state, asked.attempts.length, asked.notBefore], ['awaiting-consent', 2, notBefore]);
    assert.equal((await consentBy(device, number)).status, 410, 'the first has ended');
    assert.equal((await consentBy(device, retry)).status, 200);
    assert.equal((await device.poll()).deploymentBase, undefined, 'a yes ends no back-off');
    fleet.pass(101);
    assert.equal(await offeredNumber(device), retry);
  },

  'a device may refuse an offer: it is made again when the policy says, and why tells what the device said': async (
    fleet,
  ) => {
    const { device, number } = await assigned(fleet, { consent: { askAgainSeconds: 600 } });
    await device.poll();
    const said = { execution: 'rejected', finished: 'none', details: ['low battery'] };
    assert.equal((await device.report(number, said)).status, 200);
    const refused = await fleet.assignment(number);
    assert.deepEqual([refused.state, refused.attempts[0]?.begunAt], ['ready', null]);
    assert.equal((await device.poll()).deploymentBase, undefined);
    const gate = await gateOf(fleet, device, 'device-refusal');
    assert.equal(gate?.passed, false);
    assert.match(gate.fact, /refused the offer: low battery; asked again/);
    assert.notEqual(gate.nextChange, null);
    const [told] = await eventsOf(fleet, 'attempt.offer-refused');
    assert.deepEqual([told?.subject.id, told?.data['message']], [String(number), 'low battery']);

    fleet.pass(601);
    assert.equal(await offeredNumber(device), number);
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, said);
    assert.equal((await fleet.assignment(number)).state, 'downloading', 'what has begun goes on');
    assert.equal((await gateOf(fleet, device, 'device-refusal'))?.passed, true);
  },

  'a device that refuses every offer has failed at the last that it may refuse': async (fleet) => {
    const { device, number } = await assigned(fleet, { consent: { askAgainSeconds: 600 }, retries: RETRY });
    const said = { execution: 'rejected', finished: 'none', details: ['low battery'] };
    for (let refusals = 1; refusals <= MAX_OFFER_REFUSALS; refusals += 1) {
      assert.equal((await fleet.assignment(number)).state, 'ready');
      assert.equal(await offeredNumber(device), number);
      assert.equal((await device.report(number, said)).status, 200);
      if (refusals < MAX_OFFER_REFUSALS) assert.equal((await device.report(number, said)).status, 200, 'once more');
      fleet.pass(601);
    }
    const ended = await fleet.assignment(number);
    assert.deepEqual([ended.state, ended.reason, ended.message], ['failed', 'offer-refused', 'low battery']);
    assert.deepEqual([ended.attempts.length, ended.attempts[0]?.state], [1, 'failed']);
    assert.equal((await device.poll()).deploymentBase, undefined);
    assert.equal((await device.report(number, said)).status, 410);
  },

  'where nobody asks for consent there is none to give': async (fleet) => {
    const { device, number } = await assigned(fleet, {});
    const consent = () => fleet.api.call('assignments.consent', { params: { number }, body: { consent: 'given' } });
    await assert.rejects(consent(), { code: 'consent-not-awaited' });
    await device.report(number, { details: ['done'] });
    await assert.rejects(consent(), { code: 'assignment-ended' });
  },
};
