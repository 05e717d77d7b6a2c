import assert from 'node:assert/strict';
import type { CallAnswer, CallInput } from '@updraft/protocols';
import { SWUPDATE_SAYS, type DdiClient } from '../a-fleet.ts';
import {
  contactWritten,
  eventually,
  fleetTests,
  type FleetCheck,
  type FleetMaker,
  type TimedFleet,
} from './fleet-maker.ts';

type Draft = CallInput<'rollouts.forecast-draft'>['body'];
type Foretold = CallAnswer<'rollouts.forecast'>;

/** What rollouts are foretold to be, from what the devices of this fleet did; and what is kept of it. */
export function forecastsContract(maker: FleetMaker): void {
  fleetTests(maker, 'forecasts', CHECKS);
}

const HOUR_SECONDS = 3600;
const WORK_SECONDS = 600;
/** Of the one file of a release that nobody asked more of. */
const ARTIFACT_BYTES = 1000;
/** More than forecasts look back on. */
const KEPT_DAYS = 20;

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a prior stands in for a fleet that was never measured, and who was never in contact is told': async (fleet) => {
    const [known, unknown] = [await polling(fleet, 4), await someDevices(fleet, 2)];
    const foretold = await draft(fleet, [...known, ...unknown], {});
    assert.deepEqual([foretold.measured, foretold.devices], [false, 6]);
    assert.deepEqual(foretold.missed['never-in-contact'], { p50: 2, p90: 2 });
    assert.ok(foretold.succeeded.p50 >= 3 && foretold.succeeded.p50 <= 4);
    assert.ok(foretold.bytes.p50 >= 4000 && foretold.bytes.p90 <= 6000, `${foretold.bytes.p50} bytes`);
  },

  'what would come to its end behind the last year that can be written has none': async (fleet) => {
    const start = { by: 'time', at: '9999-12-31T23:59:59Z' } as const;
    const { end } = await draft(fleet, await someDevices(fleet, 1), { policy: { start } });
    assert.deepEqual(end, { p50: null, p90: null });
  },

  'a rollout is foretold before its start, while it runs and is held, and compared with what became of it': async (
    fleet,
  ) => {
    const devices = await polling(fleet, 10);
    const rollout = await make(fleet, devices, {});
    const before = await of(fleet, rollout);
    assert.deepEqual([before.premise, before.now?.devices, before.atStart], ['started-now', 10, null]);
    await fleet.api.call('rollouts.start', { params: { id: rollout } });
    const live = await of(fleet, rollout);
    assert.deepEqual([live.premise, live.now?.phases[0]?.devices], ['it-goes-on', 10]);
    assert.ok(Date.parse(live.now?.end.p50 ?? '') < (await fleet.server.store.now()) + 24 * HOUR_SECONDS * 1000);
    await fleet.api.call('rollouts.pause', { params: { id: rollout } });
    assert.equal((await of(fleet, rollout)).premise, 'resumed-now');
    await fleet.api.call('rollouts.resume', { params: { id: rollout } });
    await eventually(async () => (await of(fleet, rollout)).atStart);
    await takeUpdates(fleet, devices);
    const over = await eventually(async () => {
      const now = await of(fleet, rollout);
      return now.atStart?.outcome === null ? null : now;
    });
    const outcome = over.atStart?.outcome;
    assert.deepEqual([over.premise, over.now, outcome?.succeeded, outcome?.failed], [null, null, 10, 0]);
    assert.equal(
      Date.parse(outcome?.endedAt ?? '') - Date.parse(outcome?.startedAt ?? '') >= WORK_SECONDS * 1000,
      true,
    );
    assert.equal(typeof outcome?.endError, 'number');
    const [phase] = outcome?.phases ?? [];
    assert.equal(typeof phase?.endError, 'number');
    assert.ok(
      (phase?.endedAt ?? '') > (outcome?.startedAt ?? '') && (phase?.endedAt ?? '') <= (outcome?.endedAt ?? ''),
    );
    const ofAnEnded = fleet.api.call('rollouts.rehearse', { params: { id: rollout }, body: {} });
    await assert.rejects(ofAnEnded, { code: 'rollout-state' });
  },

  'what devices were seen to take is what others are foretold to take': async (fleet) => {
    const foretold = await eventually(async () => {
      const now = await draft(fleet, await polling(fleet, 2), { policy: { pace: { parallel: 1 } } });
      return now.measured ? now : null;
    });
    const { s1, n, parallel, sN } = foretold.paper;
    assert.ok(s1 > WORK_SECONDS * 0.6 && s1 < WORK_SECONDS * 1.7, `${s1} s`);
    assert.deepEqual([n, parallel], [2, 1]);
    assert.ok(Math.abs(sN - 2 * s1) < 1e-6);
  },

  'the setting that holds a rollout most is told, with what twice of it would gain': async (fleet) => {
    const devices = await polling(fleet, 8);
    const foretold = await draft(fleet, devices, { policy: { pace: { parallel: 1 } } });
    assert.equal(foretold.bottleneck?.setting, 'parallel');
    assert.ok((foretold.bottleneck?.savedSeconds ?? 0) > HOUR_SECONDS / 2);
  },

  'a rehearsal of a release that breaks devices tells when its threshold fires and how many are broken': async (
    fleet,
  ) => {
    const devices = await polling(fleet, 12);
    const error = { percent: 10, minimum: 2 };
    const { errorThreshold: threshold } = await fleet.api.call('rollouts.rehearse-draft', {
      body: {
        ...(await draftOf(fleet, devices)),
        phases: [
          { size: { by: 'percent', percent: 50 }, error },
          { size: { by: 'rest' }, error },
        ],
        policy: { pace: { parallel: 1 } },
        failingPercent: 90,
      },
    });
    assert.deepEqual([threshold.share, threshold.phase, threshold.erred.p50], [1, 1, 2]);
    assert.ok(threshold.broken.p90 <= 3);
    assert.ok(Date.parse(threshold.at.p50 ?? '') > Date.now());
  },

  'a rollout that is made is rehearsed with its own phases and policy, and stays as it is': async (fleet) => {
    const error = { percent: 10, minimum: 2 };
    const wish = { phases: [{ size: { by: 'rest' as const }, error }], policy: { pace: { parallel: 1 } } };
    const rollout = await make(fleet, await polling(fleet, 8), wish);
    const rehearse = (failingPercent: number) =>
      fleet.api.call('rollouts.rehearse', { params: { id: rollout }, body: { failingPercent } });
    await eventually(async () => {
      const { state } = await fleet.api.call('rollouts.show', { params: { id: rollout } });
      return state === 'ready' ? true : null;
    });
    const { errorThreshold: threshold } = await rehearse(100);
    assert.deepEqual([threshold.share, threshold.phase, threshold.erred.p50], [1, 1, 2]);
    assert.equal((await rehearse(0)).errorThreshold.share, 0);
    const { state, counts } = await fleet.api.call('rollouts.show', { params: { id: rollout } });
    assert.deepEqual([state, counts.failed ?? 0], ['ready', 0]);
  },

  'a rehearsal plays the ends of an earlier release again': async (fleet) => {
    const devices = await polling(fleet, 5);
    const rollout = await make(fleet, devices, { start: true });
    for (const device of devices) await fails(device);
    const { release } = await fleet.api.call('rollouts.show', { params: { id: rollout } });
    const rehearsed = await fleet.api.call('rollouts.rehearse-draft', {
      body: { ...(await draftOf(fleet, devices)), like: release.id },
    });
    assert.deepEqual([rehearsed.succeeded.p90, rehearsed.missed.failed], [0, { p50: 5, p90: 5 }]);
  },

  'who polls by a rule of its own is foretold to begin by it': async (fleet) => {
    const devices = await polling(fleet, 3);
    const endOf = async () => Date.parse((await draft(fleet, devices, {})).end.p50 ?? '');
    const usual = await endOf();
    const filter = `name=in=(${devices.map(({ name }) => name).join(',')})`;
    const change = (pollOverrides: CallInput<'settings.change'>['body']['pollOverrides']) =>
      fleet.api.call('settings.change', { body: { pollOverrides } });
    await change([{ filter, pollInterval: '20:00:00', deviationPercent: 0 }]);
    const rare = await endOf();
    await change([]);
    assert.ok(rare > usual + 5 * HOUR_MS, `${(rare - usual) / HOUR_MS} h later`);
  },

  'who is set aside after failures is foretold to begin when that is over': async (fleet) => {
    const [device] = await polling(fleet, 1);
    assert.ok(device);
    await fleet.api.call('settings.change', { body: { penaltyFailures: 1 } });
    await make(fleet, [device], { start: true });
    await fails(device);
    await fleet.api.call('settings.change', { body: { penaltyFailures: 3 } });
    const { penaltyUntil } = await fleet.api.call('devices.show', { params: { device: device.name } });
    const { phases } = await draft(fleet, [device], {});
    assert.ok(Date.parse(phases[0]?.end.p50 ?? '') > Date.parse(penaltyUntil ?? ''));
  },

  'what was served stands beside what was foretold while it runs, and is compared and kept when it is over': async (
    fleet,
  ) => {
    const [whole, twice, reporting] = await polling(fleet, 3);
    assert.ok(whole && twice && reporting);
    const rollout = await make(fleet, [whole, twice, reporting], { start: true });
    await eventually(async () => (await of(fleet, rollout)).atStart);
    const numbers = await Promise.all([whole, twice, reporting].map(offeredTo));
    assert.equal((await downloads(whole)).length, ARTIFACT_BYTES);
    assert.equal((await downloads(twice)).length, ARTIFACT_BYTES);
    assert.equal((await downloads(twice, 'bytes=900-')).length, 100);
    const flowed = 2 * ARTIFACT_BYTES + 100;
    const running = await eventually(async () => {
      const { atStart } = await of(fleet, rollout);
      return atStart?.served?.bytes === flowed ? atStart : null;
    });
    assert.equal(running.forecast.bytes.p50 >= 3 * ARTIFACT_BYTES, true);
    assert.ok(Math.abs((running.served?.peakMbit ?? 0) - (flowed * 8) / 1e6 / 900) < 1e-9);
    fleet.pass(2 * HOUR_SECONDS);
    await downloads(twice);
    for (const [at, device] of [whole, twice, reporting].entries())
      await device.report(numbers[at] ?? 0, { details: ['done'] });
    const outcome = await outcomeOf(fleet, rollout);
    assert.equal(outcome.bytes.came, flowed + ARTIFACT_BYTES);
    assert.ok(Math.abs(outcome.peakMbit.came - (flowed * 8) / 1e6 / 900) < 1e-9, 'the busiest quarter of an hour');
    const { p50, p90 } = running.forecast.bytes;
    assert.equal(outcome.bytes.error, Math.abs(p50 - outcome.bytes.came) / outcome.bytes.came);
    assert.equal(outcome.bytes.withinP90, outcome.bytes.came <= p90);
    assert.equal(typeof outcome.peakMbit.error, 'number');
    assert.equal((await of(fleet, rollout)).atStart?.served, null);
    const left = await fleet.server.store.reader.selectFrom('served_bytes').selectAll().execute();
    assert.deepEqual(left, [], 'what is compared needs its spans no more');
  },

  'what had flowed before the forecast of a start was made is part of it': async (fleet) => {
    // A forecast may just be made between a start and the bytes: the next one is not.
    const { bytes, peakMbit } = await eventually(async () => {
      const forecast = await forecastAfter(fleet, 70_000);
      return forecast.bytes.p50 > 70_000 ? forecast : null;
    });
    assert.ok(bytes.p50 >= 70_000 + 2 * ARTIFACT_BYTES, `${bytes.p50} bytes`);
    assert.ok(peakMbit.p50 > (70_000 * 8) / 1e6 / 900, `${peakMbit.p50} Mbit/s`);
  },

  'where nothing went out from here, no share of it is told': async (fleet) => {
    const devices = await polling(fleet, 2);
    const rollout = await make(fleet, devices, { start: true });
    await eventually(async () => (await of(fleet, rollout)).atStart);
    await takeUpdates(fleet, devices);
    const { bytes, peakMbit } = await outcomeOf(fleet, rollout);
    const none = { came: 0, error: null, withinP90: null };
    assert.deepEqual([bytes, peakMbit], [none, none]);
  },

  'a contact sets the bit of its hour, and days that no forecast looks back on are forgotten': async (fleet) => {
    const [device] = await polling(fleet, 1);
    assert.ok(device);
    const first = hourOf(await fleet.server.store.now());
    assert.deepEqual(await hoursOf(fleet, device), [first]);
    fleet.pass(KEPT_DAYS * 24 * HOUR_SECONDS);
    await contactWritten(fleet, device);
    const second = hourOf(await fleet.server.store.now());
    const left = await eventually(async () => {
      const hours = await hoursOf(fleet, device);
      return hours.length === 1 ? hours : null;
    });
    assert.deepEqual(left, [second]);
  },

  'nothing is foretold of what cannot be': async (fleet) => {
    const devices = await polling(fleet, 1);
    const body = await draftOf(fleet, devices);
    const ask = async (change: Partial<Draft>) =>
      fleet.api.call('rollouts.forecast-draft', { body: { ...body, ...change } });
    await assert.rejects(ask({ filter: 'name==nobody' }), { code: 'rollout-impossible' });
    await assert.rejects(ask({ filter: 'nam==x' }), { code: 'filter-invalid' });
    await assert.rejects(ask({ release: '01890000-0000-7000-8000-000000000000' }), { code: 'not-found' });
    const never = { windows: { windows: [{ cron: '0 0 0 30 2 ?', durationSeconds: 60 }] } };
    await assert.rejects(ask({ policy: never }), { code: 'rollout-impossible' });
    await assert.rejects(fleet.api.call('rollouts.forecast', { params: { id: body.release } }), { code: 'not-found' });
  },
};

async function someDevices(fleet: TimedFleet, count: number): Promise<readonly DdiClient[]> {
  return Promise.all(Array.from({ length: count }, () => fleet.device()));
}

/** Devices whose contact the server has written. */
async function polling(fleet: TimedFleet, count: number): Promise<readonly DdiClient[]> {
  const devices = await someDevices(fleet, count);
  await Promise.all(devices.map((device) => contactWritten(fleet, device)));
  return devices;
}

const HOUR_MS = 3_600_000;

function hourOf(now: number): { readonly day: number; readonly mask: number } {
  const hour = Math.floor(now / HOUR_MS);
  return { day: Math.floor(hour / 24), mask: 2 ** (hour % 24) };
}

async function hoursOf({ server }: TimedFleet, { name }: DdiClient) {
  return server.store.reader
    .selectFrom('contact_hours as h')
    .innerJoin('device as d', 'd.id', 'h.device')
    .select(['h.day', 'h.mask'])
    .where('d.name', '=', name)
    .orderBy('h.day')
    .execute();
}

async function draftOf(fleet: TimedFleet, devices: readonly DdiClient[]): Promise<Draft> {
  const { id } = await fleet.release();
  return { release: id, filter: `name=in=(${devices.map(({ name }) => name).join(',')})` };
}

async function draft(fleet: TimedFleet, devices: readonly DdiClient[], change: Partial<Draft>) {
  return fleet.api.call('rollouts.forecast-draft', { body: { ...(await draftOf(fleet, devices)), ...change } });
}

async function make(fleet: TimedFleet, devices: readonly DdiClient[], wish: Partial<Draft>): Promise<string> {
  const body = await draftOf(fleet, devices);
  const { id } = await fleet.api.call('rollouts.create', { body: { ...body, name: `of ${body.release}`, ...wish } });
  return id;
}

/** What was foretold at the start of a rollout to two devices of which so many bytes went out at once. */
async function forecastAfter(fleet: TimedFleet, bytes: number) {
  const uid = await make(fleet, await polling(fleet, 2), { start: true });
  const { commands, reader } = fleet.server.store;
  const { id } = await reader.selectFrom('rollout').select('id').where('uid', '=', uid).executeTakeFirstOrThrow();
  await commands.run('forecast.add-served', { served: [{ rollout: Number(id), bytes }] });
  return (await eventually(async () => (await of(fleet, uid)).atStart)).forecast;
}

async function of(fleet: TimedFleet, id: string): Promise<Foretold> {
  return fleet.api.call('rollouts.forecast', { params: { id } });
}

/** What had come true, which is looked for a few seconds behind the end. */
async function outcomeOf(fleet: TimedFleet, rollout: string) {
  return eventually(async () => (await of(fleet, rollout)).atStart?.outcome ?? null);
}

/** The update's file, or a part of it. */
async function downloads(device: DdiClient, range?: string): Promise<Buffer> {
  const { deploymentBase = '' } = await device.poll();
  const described = await device.ask(deploymentBase);
  const { deployment } = JSON.parse(described.text);
  const [{ _links: links }] = deployment.chunks[0].artifacts;
  const answer = await device.ask((links.download ?? links['download-http']).href, {
    headers: range === undefined ? {} : { range },
  });
  return answer.bytes;
}

/** All begin, work for ten minutes of the server's time, and succeed. */
async function takeUpdates(fleet: TimedFleet, devices: readonly DdiClient[]): Promise<void> {
  const numbers = await Promise.all(devices.map(offeredTo));
  await Promise.all(devices.map((device, at) => device.report(numbers[at] ?? 0, SWUPDATE_SAYS.start)));
  fleet.pass(WORK_SECONDS);
  await Promise.all(devices.map((device, at) => device.report(numbers[at] ?? 0, { details: ['done'] })));
}

async function fails(device: DdiClient): Promise<void> {
  const number = await offeredTo(device);
  await device.report(number, SWUPDATE_SAYS.start);
  await device.report(number, SWUPDATE_SAYS.installFailed);
}

async function offeredTo(device: DdiClient): Promise<number> {
  const { deploymentBase = '' } = await device.poll();
  return Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
}
