import assert from 'node:assert/strict';
import { ApiProblem, type CallAnswer, type CallInput } from '@updraft/protocols';
import type { Release } from '../a-fleet.ts';
import { fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';

type Body = CallInput<'rollouts.create'>['body'];
type Draft = Omit<Body, 'name'>;
type Warned = CallAnswer<'rollouts.preview'>['warnings'];

/** Rollouts that cannot be meant are refused with a code that says what to change; those that may surprise are told of. */
export function impossibleRolloutsContract(maker: FleetMaker): void {
  fleetTests(maker, 'impossible rollouts', CHECKS);
}

const NIGHTLY = { cron: '0 0 22 ? * *', durationSeconds: 3600 };

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'percentages over 100 are refused': async (fleet) => {
    const phases = [
      { size: { by: 'percent' as const, percent: 60 } },
      { size: { by: 'percent' as const, percent: 60 } },
    ];
    await refuses(fleet, { phases }, ['percent-over-100', 'phases']);
    const [phase] = phases;
    await refuses(fleet, { phases: [{ ...phase, size: { by: 'percent', percent: 120 } }] }, [
      'percent-over-100',
      'phases',
    ]);
  },

  'a filter that names nothing is refused, also where all that it names are out of service': async (fleet) => {
    await refuses(fleet, { filter: 'name==nobody' }, ['filter-matches-nothing', 'filter']);
    const device = await fleet.device();
    await fleet.api.call('devices.decommission', { params: { device: device.name } });
    await refuses(fleet, { filter: `name==${device.name}` }, ['release-incompatible', 'release']);
  },

  'a release that fits no device of the filter is refused': async (fleet) => {
    const type = `board-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type } });
    const release = await fleet.release('1.0', { deviceTypes: [type] });
    await refuses(fleet, { release: release.id }, ['release-incompatible', 'release']);
  },

  'an unknown zone, a cron that is none or never fires, and blackouts over all are refused with their place': async (
    fleet,
  ) => {
    const windows = (more: object) => ({ policy: { windows: { windows: [NIGHTLY], ...more } } });
    await refuses(fleet, windows({ zone: 'Europe/Atlantis' }), ['zone-unknown', 'policy.windows.zone']);
    const never = { ...NIGHTLY, cron: '0 0 0 31 2 ?' };
    await refuses(fleet, windows({ windows: [never] }), ['cron-never-fires', 'policy.windows.windows.0.cron']);
    const wrong = { ...NIGHTLY, cron: '0 0 25 ? * *' };
    await refuses(fleet, windows({ windows: [NIGHTLY, wrong] }), ['cron-invalid', 'policy.windows.windows.1.cron']);
    const backwards = [{ from: '2030-02-02', to: '2030-01-01' }];
    await refuses(fleet, windows({ blackouts: backwards }), ['blackout-invalid', 'policy.windows.blackouts.0']);
  },

  'an error threshold without a minimum is refused': async (fleet) => {
    const at = 'phases.0.error.minimum';
    const phases = [{ size: { by: 'rest' as const }, error: { percent: 5 } }];
    await refuses(fleet, { phases }, ['error-threshold-without-minimum', at]);
  },

  'a start in the past, and one with a window where there is none, are refused': async (fleet) => {
    const at = new Date((await fleet.server.store.now()) - 1000).toISOString();
    await refuses(fleet, { policy: { start: { by: 'time', at } } }, ['start-in-the-past', 'policy.start.at']);
    await refuses(fleet, { policy: { start: { by: 'first-window' } } }, ['no-window-to-start-in', 'policy.start']);
  },

  'a start at once and a start of its own are refused together': async (fleet) => {
    await refuses(fleet, { start: true, policy: { start: { by: 'hand' } } }, ['start-twice', 'start']);
  },

  'a window shorter than the shortest install seen is warned of': async (fleet) => {
    const type = `slow-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type } });
    const device = await fleet.device({ type });
    const { number } = await fleet.assign(await fleet.release(), device);
    await device.report(number, { execution: 'proceeding', finished: 'none' });
    fleet.pass(1200);
    await device.report(number, { details: ['done'] });
    await fleet.server.store.commands.run('history.measure', undefined);
    const release = (await fleet.release('1.0', { deviceTypes: [type] })).id;
    const windows = { windows: [{ ...NIGHTLY, durationSeconds: 600 }, NIGHTLY] };
    const draft = { release, filter: `type==${type}`, policy: { windows } };
    await warns(fleet, draft, ['window-too-short', 'policy.windows.windows.0.durationSeconds']);
    const limited = { ...draft, policy: { timeLimits: { installingSeconds: 600 } } };
    await warns(fleet, limited, ['limit-under-install', 'policy.timeLimits.installingSeconds']);
  },

  'a return that devices would refuse is refused with both remedies, and made with either': async (fleet) => {
    const type = `board-${Math.random()}`;
    const { id } = await fleet.api.call('device-types.create', { body: { name: type } });
    const device = await fleet.device({ type });
    const { number } = await fleet.assign(await fleet.release('1.0', { deviceTypes: [type] }), device);
    await device.report(number, { details: ['done'] });
    const release = (await fleet.release('2.0', { deviceTypes: [type] })).id;
    const draft = { release, filter: `name==${device.name}`, policy: { onFailure: 'return' } } as const;
    const problem = await refuses(fleet, draft, ['return-impossible', 'policy.onFailure']);
    assert.match(problem.message, /downgrade allowed.*higher version/);
    const kept = await create(fleet, { ...draft, policy: {} });
    const change = fleet.api.call('rollouts.change', { params: { id: kept.id }, body: { policy: draft.policy } });
    await assert.rejects(change, { code: 'rollout-impossible', reason: 'return-impossible' });
    await fleet.api.call('device-types.change', { params: { id }, body: { downgrade: 'allowed' } });
    assert.equal((await create(fleet, draft)).policy.onFailure, 'return');
    const params = { id: kept.id };
    const changed = await fleet.api.call('rollouts.change', { params, body: { policy: draft.policy } });
    assert.equal(changed.policy.onFailure, 'return');
  },

  'a return of devices of which it is not known what they run is warned of': async (fleet) => {
    await warns(fleet, { policy: { onFailure: 'return' } }, ['return-leaves-unknown', 'policy.onFailure']);
  },

  'devices that no phase asks for, which fall into the last, are warned of': async (fleet) => {
    const devices = [await fleet.device(), await fleet.device(), await fleet.device()];
    const filter = `name=in=(${devices.map(({ name }) => name).join(',')})`;
    const phases = [{ size: { by: 'filter' as const, filter: `name==${devices[0]?.name}` } }];
    await warns(fleet, { filter, phases }, ['phases-leave-rest', 'phases.0.size']);
  },

  'what surprises is told and made: an empty phase, a minimum out of reach, an emergency with windows': async (
    fleet,
  ) => {
    const phases = [
      { size: { by: 'filter' as const, filter: 'name==nobody' } },
      { size: { by: 'rest' as const }, error: { percent: 1, minimum: 1000 } },
    ];
    await warns(
      fleet,
      { phases },
      ['phase-empty', 'phases.0.size'],
      ['error-minimum-over-phase', 'phases.1.error.minimum'],
    );
    const policy = { emergency: true, windows: { windows: [NIGHTLY] } };
    await warns(fleet, { policy }, ['windows-ignored', 'policy.emergency']);
  },

  'a release that is not published is told of at the preview': async (fleet) => {
    const { device, release } = await usual(fleet);
    const [component] = release.components;
    const draft = await fleet.api.call('releases.create', {
      body: { name: release.name, version: '9.9', components: [component?.id ?? ''] },
    });
    const body = { release: draft.id, filter: `name==${device.name}` };
    const { warnings } = await fleet.api.call('rollouts.preview', { body });
    assert.deepEqual(codesOf(warnings), [['release-not-published', 'release']]);
    const made = fleet.api.call('rollouts.create', { body: { ...body, name: 'unpublished' } });
    await assert.rejects(made, { code: 'release-not-published' });
  },

  'a change is refused for what it brings, and not for what was so before': async (fleet) => {
    const { device, release } = await usual(fleet);
    const at = new Date((await fleet.server.store.now()) + 60_000).toISOString();
    const filter = `name==${device.name}`;
    const policy = { start: { by: 'time' as const, at }, windows: { windows: [NIGHTLY] } };
    const { id } = await create(fleet, { release: release.id, filter, policy });
    await fleet.api.call('rollouts.start', { params: { id } });
    fleet.pass(120);
    const change = (body: CallInput<'rollouts.change'>['body']) =>
      fleet.api.call('rollouts.change', { params: { id }, body });
    const paced = await change({ policy: { pace: { parallel: 2 } } });
    assert.deepEqual(paced.warnings, []);
    assert.deepEqual((await change({ policy: { pace: { parallel: 1 } } })).warnings, []);
    await assert.rejects(change({ policy: { windows: { zone: 'Europe/Atlantis' } } }), {
      code: 'rollout-impossible',
      reason: 'zone-unknown',
    });
    const phases = [{ number: 1, error: { percent: 3 } }];
    await assert.rejects(change({ phases }), { reason: 'error-threshold-without-minimum' });
    await assert.rejects(change({ policy: { start: { by: 'hand' } } }), { code: 'change-not-possible' });
    const warned = await change({ phases: [{ number: 1, error: { percent: 3, minimum: 99 } }] });
    assert.deepEqual(codesOf(warned.warnings), [['error-minimum-over-phase', 'phases.0.error.minimum']]);
    assert.ok((await device.poll()) !== undefined);
  },

  'direct and automatic assignments are held to the same policies': async (fleet) => {
    const { device, release } = await usual(fleet);
    const policy = { windows: { windows: [{ ...NIGHTLY, cron: '0 0 0 31 2 ?' }] } };
    const direct = fleet.api.call('assignments.create', {
      body: { release: release.id, devices: [device.name], policy },
    });
    await assert.rejects(direct, { code: 'rollout-impossible', reason: 'cron-never-fires' });
    const { id } = await fleet.api.call('filters.create', {
      body: { name: `all-${Math.random()}`, query: 'name==gw-*' },
    });
    const auto = fleet.api.call('filters.assign', { params: { id }, body: { release: release.id, policy } });
    await assert.rejects(auto, { code: 'rollout-impossible', reason: 'cron-never-fires' });
    const rule = { release: release.id, policy: { windows: { windows: [NIGHTLY] }, emergency: true } };
    const { warnings } = await fleet.api.call('filters.assign', { params: { id }, body: rule });
    assert.deepEqual(codesOf(warnings), [['windows-ignored', 'policy.emergency']]);
    const again = await fleet.api.call('filters.assign', { params: { id }, body: { ...rule, policy: {} } });
    assert.deepEqual(again.warnings, []);
    await fleet.api.call('filters.stop-assigning', { params: { id } });
  },
};

async function usual(fleet: TimedFleet) {
  return { device: await fleet.device(), release: await fleet.release() };
}

/** A draft over a device and a release of its own, but for what is asked for. */
async function whole(fleet: TimedFleet, wish: Partial<Draft>): Promise<Draft> {
  const own: Partial<Release> = wish.release === undefined ? await fleet.release() : {};
  const filter = wish.filter ?? `name==${(await fleet.device()).name}`;
  return { release: own.id ?? '', ...wish, filter };
}

async function create(fleet: TimedFleet, draft: Draft) {
  return fleet.api.call('rollouts.create', { body: { ...draft, name: `impossible-${Math.random()}` } });
}

/** At the preview and at the creation, with code and place; tells what was said. */
async function refuses(fleet: TimedFleet, wish: Partial<Draft>, [code, path]: readonly [string, string]) {
  const draft = await whole(fleet, wish);
  const { warnings } = await fleet.api.call('rollouts.preview', { body: draft });
  const refused = warnings.filter(({ severity }) => severity === 'refused');
  assert.deepEqual(codesOf(refused), [[code, path]]);
  const problem = await create(fleet, draft).catch((error: unknown) => error);
  assert.ok(problem instanceof ApiProblem);
  assert.deepEqual([problem.status, problem.code, problem.reason], [422, 'rollout-impossible', code]);
  assert.deepEqual(
    problem.errors.map((one) => one.path),
    [path],
  );
  return problem;
}

/** At the preview and at the creation, which is made. */
async function warns(fleet: TimedFleet, wish: Partial<Draft>, ...expected: readonly (readonly [string, string])[]) {
  const draft = await whole(fleet, wish);
  const { warnings } = await fleet.api.call('rollouts.preview', { body: draft });
  assert.deepEqual(codesOf(warnings), expected);
  assert.deepEqual(codesOf((await create(fleet, draft)).warnings), expected);
}

function codesOf(warnings: Warned): (readonly [string, string])[] {
  return warnings.map(({ code, path }) => [code, path]);
}
