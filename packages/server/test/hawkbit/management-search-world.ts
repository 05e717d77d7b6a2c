import { basic } from '../a-server.ts';
import { contactWritten, type TimedFleet } from '../contract/fleet-maker.ts';
import { expect, type Json } from './management-kit.ts';
import { untilStatus } from './management-rollout-kit.ts';
import { deviceOf } from './management-targets-rows.ts';

/** What `#name#` stands for in a vector: ids that the server gave, and moments. */
export type Known = ReadonlyMap<string, number>;

const PASSWORD = 'a password of hers';
/** What was made in the morning lies an hour before noon. */
const MORNING_SECONDS = 3600;

type World = TimedFleet & { readonly known: Map<string, number>; readonly olga: string };

/**
 * One of everything that can be searched, all of it named here. What `olga` made is hers, all else `admin`'s; what is made
 * after noon is at the end.
 */
export async function searchWorld(fleet: TimedFleet): Promise<Known> {
  const olga = basic('olga', PASSWORD);
  await fleet.api.call('users.create', { body: { name: 'olga', password: PASSWORD, rights: [] } });
  const world = { ...fleet, known: new Map<string, number>(), olga };
  await types(world);
  await software(world);
  await targets(world);
  await facts(world);
  await updates(world);
  fleet.pass(MORNING_SECONDS);
  world.known.set('noon', await fleet.server.store.now());
  await afterNoon(world);
  await rollouts(world);
  await filters(world);
  return world.known;
}

/** Makes what a list of bodies says, and remembers the ids under `kind:name`. */
async function make(world: World, path: string, bodies: readonly Json[], as?: string): Promise<readonly Json[]> {
  const made: Json[] = await expect(world, 201, `POST ${path}`, { body: bodies, ...(as === undefined ? {} : { as }) });
  for (const one of made) if (one.id !== undefined) world.known.set(`${path.slice(1)}:${nameOf(one)}`, one.id);
  return made;
}

/** Of types the key, of software the name and the version, of all else the name. */
export function nameOf(one: Json): string {
  if (one.controllerId !== undefined) return one.controllerId;
  if (one.key !== undefined) return one.key;
  return one.version === undefined ? one.name : `${one.name}:${one.version}`;
}

export function idOf(known: Known, name: string): number {
  const id = known.get(name);
  if (id === undefined) throw new Error(`the world of the vectors has no ${name}`);
  return id;
}

async function types(world: World): Promise<void> {
  for (const path of ['/softwaremoduletypes', '/distributionsettypes'])
    for (const one of (await expect(world, 200, `GET ${path}`)).content)
      world.known.set(`${path.slice(1)}:${one.key}`, one.id);
  const runtime = { name: 'Runtime', key: 'runtime', maxAssignments: 1, description: 'JVM' };
  await make(world, '/softwaremoduletypes', [runtime], world.olga);
  const gateway = { name: 'Gateway set', key: 'gw_set', description: 'for gateways', colour: 'red' };
  await make(world, '/distributionsettypes', [gateway], world.olga);
  const compatibledistributionsettypes = ['os', 'app'].map((key) => ({
    id: idOf(world.known, `distributionsettypes:${key}`),
  }));
  await make(world, '/targettypes', [
    { name: 'Gateway', key: 'gateway', description: 'Linux box', compatibledistributionsettypes },
    { name: 'Sensor type', key: 'sensor', compatibledistributionsettypes },
  ]);
  await make(world, '/targettags', [
    { name: 'canary', description: 'first ones', colour: '#ff0000' },
    { name: 'night', colour: 'green' },
  ]);
  await make(world, '/distributionsettags', [{ name: 'stable', description: 'tried', colour: 'green' }]);
  await make(world, '/distributionsettags', [{ name: 'beta', colour: 'red' }], world.olga);
}

async function software(world: World): Promise<void> {
  await make(world, '/softwaremodules', [
    { name: 'linux', version: '1.0', type: 'os', description: 'kernel' },
    { name: 'app', version: '2.10', type: 'application' },
  ]);
  await make(world, '/softwaremodules', [{ name: 'linux', version: '2.0', type: 'os' }], world.olga);
  const metadata = async (name: string, body: Json) =>
    expect(world, 201, `POST /${name.replace(':', `/${idOf(world.known, name)}/metadata?`)}`, { body });
  await metadata('softwaremodules:linux:2.0', [{ key: 'arch', value: 'arm64' }]);
  await metadata('softwaremodules:app:2.10', [
    { key: 'arch', value: 'amd64' },
    { key: 'lang', value: '' },
  ]);
  const modules = (name: string) => [{ id: idOf(world.known, `softwaremodules:${name}`) }];
  await make(world, '/distributionsets', [
    { name: 'fw', version: '1.0', type: 'os', description: 'first', modules: modules('linux:1.0') },
    { name: 'apps', version: '2.10', type: 'app', modules: modules('app:2.10') },
    { name: 'broken', version: '1.0', type: 'os', modules: modules('linux:1.0') },
  ]);
  const second = { name: 'fw', version: '2.0', type: 'os', modules: modules('linux:2.0') };
  await make(world, '/distributionsets', [second], world.olga);
  await metadata('distributionsets:fw:1.0', [{ key: 'channel', value: 'stable' }]);
  await metadata('distributionsets:fw:2.0', [{ key: 'channel', value: 'beta' }]);
  const tag = async (name: string, sets: readonly string[]) => {
    const body = sets.map((set) => idOf(world.known, `distributionsets:${set}`));
    await expect(world, 204, `POST /distributionsettags/${idOf(world.known, `distributionsettags:${name}`)}/assigned`, {
      body,
    });
  };
  await tag('stable', ['fw:1.0', 'fw:2.0']);
  await tag('beta', ['fw:2.0']);
  const broken = `/distributionsets/${idOf(world.known, 'distributionsets:broken:1.0')}/invalidate`;
  await expect(world, 204, `POST ${broken}`, { body: { actionCancelationType: 'none' } });
}

async function targets(world: World): Promise<void> {
  const [gateway, sensor] = ['gateway', 'sensor'].map((key) => idOf(world.known, `targettypes:${key}`));
  await make(world, '/targets', [
    {
      controllerId: 'pump-1',
      name: 'Pump One',
      description: 'North hall',
      group: 'eu/de/berlin',
      targetType: gateway,
      address: 'http://10.0.0.7:80/x',
    },
    {
      controllerId: 'pump-2',
      name: 'Pump Two',
      description: '100% full_load',
      group: 'eu/de/hamburg',
      targetType: gateway,
      address: 'http://10.0.0.8/',
    },
    { controllerId: 'valve-2', name: 'valve "two"', description: "it's (5;6,7)", targetType: sensor },
  ]);
  const hers = [
    { controllerId: 'pump_3', name: 'PUMP THREE', group: 'eu/fr' },
    {
      controllerId: 'valve-1',
      name: 'Ärger',
      description: 'a*b',
      group: 'us',
      targetType: sensor,
      address: 'amqp://vhost/exchange',
    },
  ];
  await make(world, '/targets', hers, world.olga);
}

async function facts(world: World): Promise<void> {
  const tag = (name: string, body: readonly string[]) =>
    expect(world, 204, `POST /targettags/${idOf(world.known, `targettags:${name}`)}/assigned`, { body });
  await tag('canary', ['pump-1', 'pump-2']);
  await tag('night', ['pump-2', 'pump_3']);
  const metadata = (target: string, values: Readonly<Record<string, string>>) =>
    expect(world, 201, `POST /targets/${target}/metadata`, {
      body: Object.entries(values).map(([key, value]) => ({ key, value })),
    });
  await metadata('pump-1', { site: 'Berlin', rack: '7' });
  await metadata('pump-2', { site: 'Hamburg', rack: '12' });
  await metadata('valve-1', { site: '', rack: '9' });
  await expect(world, 204, 'POST /targets/valve-2/autoConfirm/activate');
  const said = { 'pump-1': ['rev-b', '2.10'], 'pump-2': ['rev-c', '2.9'], pump_3: ['REV-B'] };
  for (const [name, [hw = '', version]] of Object.entries(said))
    await (await device(world, name)).attributes({ hw, ...(version === undefined ? {} : { 'fw.version': version }) });
}

async function device(world: World, name: string) {
  return deviceOf(world, await expect(world, 200, `GET /targets/${name}`));
}

/** Assigns, and has the device tell how that ended; null: it has not. */
async function update(world: World, [name, set]: readonly [string, string], end: Json): Promise<void> {
  const body = { id: idOf(world.known, `distributionsets:${set}`), ...end?.wish };
  const { assignedActions } = await expect(world, 200, `POST /targets/${name}/assignedDS`, { body });
  const [{ id }] = assignedActions;
  world.known.set(`action:${name}/${set}`, id);
  if (end.finished === undefined) return;
  const client = await device(world, name);
  await client.poll();
  const status = { execution: 'closed', result: { finished: end.finished }, code: end.code, details: [] };
  const headers = { 'content-type': 'application/json' };
  const asked = { method: 'POST', headers, body: JSON.stringify({ status }) };
  const answer = await client.ask(`deploymentBase/${id}/feedback`, asked);
  if (answer.status !== 200) throw new Error(`${name} was answered ${answer.status}: ${answer.text}`);
}

async function updates(world: World): Promise<void> {
  await update(world, ['pump-1', 'fw:1.0'], { finished: 'success', code: 200 });
  await update(world, ['pump-2', 'fw:1.0'], { finished: 'success' });
  await update(world, ['valve-1', 'fw:1.0'], { finished: 'failure', code: 500 });
  await update(world, ['pump-1', 'fw:2.0'], { wish: { weight: 7, type: 'soft' } });
  for (const name of ['pump-1', 'pump-2', 'pump_3']) await (await device(world, name)).poll();
  // What was noted before it is written with it.
  await contactWritten(world, await device(world, 'valve-1'));
}

async function afterNoon(world: World): Promise<void> {
  await make(world, '/targets', [
    { controllerId: 'ddi1' },
    { controllerId: 'ddi2' },
    { controllerId: 'ddi3', description: '${NOW_TS}' },
    { controllerId: 'null', name: 'null', description: 'null' },
  ]);
  await expect(world, 200, 'PUT /targets/pump-2', { body: { address: 'http://10.0.0.9/' }, as: world.olga });
  await contactWritten(world, await device(world, 'ddi1'));
  await make(world, '/targettags', [{ name: 'spare' }], world.olga);
  await make(world, '/distributionsettags', [{ name: 'obsolete' }]);
  await make(world, '/softwaremodules', [
    { name: 'tool_x', version: '1.0', type: 'application', description: '50% * done' },
  ]);
  await make(world, '/distributionsets', [{ name: 'both', version: '1.0', type: 'os_app' }]);
}

async function rollouts(world: World): Promise<void> {
  const post = async (name: string, set: string, wish: Json, as?: string) => {
    const distributionSetId = idOf(world.known, `distributionsets:${set}`);
    const body = { name, distributionSetId, ...wish };
    const made = await expect(world, 201, 'POST /rollouts', { body, ...(as === undefined ? {} : { as }) });
    world.known.set(`rollouts:${name}`, made.id);
    const shown = await untilStatus(world, made, 'ready');
    for (const { name: group, id } of (await expect(world, 200, `GET /rollouts/${made.id}/deploygroups`)).content)
      world.known.set(`deploygroups:${name}/${group}`, id);
    return shown;
  };
  const groups = [
    { name: 'First', description: 'who dares', targetFilterQuery: 'id=in=(ddi1,ddi2)' },
    { name: 'rest', targetPercentage: 100 },
  ];
  const autumn = await post('autumn', 'apps:2.10', { targetFilterQuery: 'id==ddi*', weight: 800, groups });
  await expect(world, 204, `POST /rollouts/${autumn.id}/start`);
  await post('spring', 'fw:2.0', { targetFilterQuery: 'id==valve-2', description: 'Spring wave' }, world.olga);
  const winter = await post('winter', 'apps:2.10', { targetFilterQuery: 'id==null', weight: 1 });
  await expect(world, 204, `POST /rollouts/${winter.id}/start`);
  await expect(world, 204, `POST /rollouts/${winter.id}/pause`);
  const held = { targetFilterQuery: 'id==valve-1', amountGroups: 1, successAction: { action: 'PAUSE' } };
  const summer = await post('summer', 'apps:2.10', { ...held, description: 'held' });
  await expect(world, 204, `POST /rollouts/${summer.id}/stop`);
}

async function filters(world: World): Promise<void> {
  const save = async (name: string, as?: string) => {
    const body = { name, query: 'name==nobody' };
    const made = await expect(world, 201, 'POST /targetfilters', { body, ...(as === undefined ? {} : { as }) });
    world.known.set(`targetfilters:${name}`, made.id);
  };
  await save('Berlin');
  await save('pumps', world.olga);
  const id = idOf(world.known, 'distributionsets:fw:2.0');
  const auto = `/targetfilters/${idOf(world.known, 'targetfilters:Berlin')}/autoAssignDS`;
  await expect(world, 200, `POST ${auto}`, { body: { id } });
  const nightly = { name: 'nightly', targetFilterQuery: 'name==nobody', distributionSetId: id, actionType: 'soft' };
  const made = await expect(world, 201, 'POST /autoassignments', { body: nightly, as: world.olga });
  world.known.set('autoassignments:nightly', made.id);
}
