import path from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '@updraft/fleet';
import { DEVICE_LIST, filterMoments, readPage, selectDevices } from '@updraft/store';
import { ownClusterOrSkip } from '../packages/store/test/postgres-cluster.ts';
import { filtersLoad } from './filters-fixture.ts';
import { openStoreOf, type Place, runBeside } from './load/beside-server.ts';
import { say, sayFigures, spreadOf } from './load/figures.ts';
import { FOLDER_PREFIX } from './load/scene.ts';

export const summary =
  'the first page of 50 of common filters over a million devices on both databases [--devices 1000000] [--databases sqlite]';

const DEVICES = 1_000_000;
const ROUNDS = 5;
const GOAL_MS = 300;
const NOW = Date.UTC(2026, 0, 31, 12);

type Reader = Awaited<ReturnType<typeof openStoreOf>>['longReader'];
/** `isNext`: the page behind the first is measured. */
type Query = { readonly filter: string; readonly sort?: string; readonly isNext?: boolean };

const QUERIES: readonly Query[] = [
  { filter: '' },
  { filter: '', sort: '-createdAt' },
  { filter: 'name==gw-0500*' },
  { filter: 'name==gw-0*' },
  { filter: 'name==*99' },
  { filter: 'type==board-a' },
  { filter: 'group==/plant42/*' },
  { filter: 'group==/plant99/line9' },
  { filter: 'group==/plant*/line9' },
  { filter: 'site==site-77' },
  { filter: 'zone==Asia/Tokyo' },
  { filter: 'tag==lab' },
  { filter: 'tag==canary' },
  { filter: 'tag==prod' },
  { filter: 'tag!=prod' },
  { filter: 'attribute.serial==sn7919' },
  { filter: 'attribute.hw==rev-a' },
  { filter: 'attribute.hw!=rev-a' },
  { filter: 'attribute.os_version==2.0.*' },
  { filter: 'attribute.os_version<2.1' },
  { filter: 'attribute.gpu=is=null' },
  { filter: 'metadata.customer==c77*' },
  { filter: 'running.version==2.1.0' },
  { filter: 'running.version!=2.1.0' },
  { filter: 'running==os@3.0.0' },
  { filter: 'assigned.version==3.0.0' },
  { filter: 'state==downloading' },
  { filter: 'state==verifying' },
  { filter: 'state==ready' },
  { filter: 'state==scheduled' },
  { filter: 'state=is=null' },
  { filter: 'standing==updating' },
  { filter: 'standing==failed' },
  { filter: 'standing==up-to-date' },
  { filter: 'standing!=updating' },
  { filter: 'wantedRelease.name==os;wantedRelease.version==3.0.0' },
  { filter: 'wantedRelease.version==1.0.0' },
  { filter: 'displayName==gw-0500*' },
  { filter: 'standing==failed;overdue==true' },
  { filter: 'overdue==true' },
  { filter: 'lastContactAt<${OVERDUE_TS}' },
  { filter: 'lastContactAt=is=null' },
  { filter: 'createdAt>-PT1H' },
  { filter: 'identity==pending' },
  { filter: 'penalty==true' },
  { filter: 'type==board-a;tag==canary;running.version!=2.1.0' },
  { filter: 'type==board-a;attribute.hw==rev-b;zone==Asia/Tokyo' },
  { filter: 'group==/plant9*;attribute.hw==rev-b' },
  { filter: 'tag==lab,site==site-77,attribute.serial==sn7919' },
  { filter: 'attribute.hw=in=(rev-a,rev-b);tag!=canary', sort: '-createdAt' },
  { filter: 'overdue==true;type==board-b', sort: '-name' },
  ...farQueries(),
];

/** What takes longest: many rows meet one term, those that meet all lie far behind in the page's order, or there are none. */
function farQueries(): readonly Query[] {
  const far = 'group==/plant9*;attribute.hw==rev-b';
  return [
    { filter: far, sort: 'displayName' },
    { filter: far, isNext: true },
    { filter: '(group==/plant98*,group==/plant99*);attribute.hw==rev-b' },
    { filter: 'group==/plant9*' },
    { filter: 'group==/plant9*;type!=board-a' },
    { filter: 'state==ready;group==/plant9*' },
    { filter: 'createdAt<-P5D' },
    { filter: 'createdAt<-P5D', isNext: true },
    { filter: 'createdAt<-P5D;tag!=prod' },
    { filter: 'createdAt<-P5D;attribute.hw==rev-b' },
    { filter: 'createdAt<-P5D;attribute.hw==rev-b;attribute.os_version==2.0.*' },
    { filter: 'createdAt<-P9D;standing!=updating' },
    { filter: 'createdAt<-P5D;wantedRelease.version==1.0.0' },
    { filter: 'attribute.hw==rev-b;attribute.hw==rev-c' },
    { filter: 'running.version==2.0.0;attribute.os_version==2.1.*' },
    { filter: 'zone==Asia/Tokyo;metadata.customer==c*' },
    { filter: 'attribute.hw=is=null' },
    { filter: 'address==10.0.0.7' },
    { filter: 'tag==lab,address==10.0.0.7' },
    { filter: 'type==board-a;description==roof*' },
    { filter: 'createdBy==nobody' },
    { filter: 'changedAt>-P1D;createdAt<-P5D' },
    { filter: 'assigned.version==1.0.0' },
    { filter: 'state==awaiting-consent' },
  ];
}

/** Fills both databases with set statements and asks each query `ROUNDS` times, after one that warms the caches. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string', default: String(DEVICES) },
      databases: { type: 'string', default: 'sqlite,postgres' },
    },
  });
  const count = Number(values.devices);
  const databases = values.databases.split(',');
  await using folder = await temporaryFolder(FOLDER_PREFIX);
  const measured = new Map<string, readonly number[]>();
  if (databases.includes('sqlite')) {
    measured.set('sqlite', await measure({ folder: path.join(folder.path, 'sqlite') }, count));
  }
  await using cluster = databases.includes('postgres')
    ? await ownClusterOrSkip({ skip: say }, 'as-installed')
    : undefined;
  if (cluster !== undefined) {
    const databaseUrl = await cluster.createDatabase();
    measured.set('postgres', await measure({ folder: path.join(folder.path, 'postgres'), databaseUrl }, count));
  }
  show(count, measured);
}

/** Medians, ms. */
async function measure(place: Place, count: number): Promise<readonly number[]> {
  await using store = await openStoreOf(place);
  const startedAt = performance.now();
  await runBeside(place, filtersLoad(count, NOW));
  say(`${store.dialect}: ${count} devices written in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  const medians: number[] = [];
  for (const query of QUERIES) {
    const first = await pageOf(store.longReader, query);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push((await pageOf(store.longReader, query)).ms);
    medians.push(spreadOf(times).median);
    if (process.env['BENCH_VERBOSE'] !== undefined)
      say(
        `${query.filter} ${query.sort ?? ''}: ${JSON.stringify(first)}, ${times.map((ms) => ms.toFixed(0)).join(' ')}`,
      );
  }
  return medians;
}

async function pageOf(reader: Reader, query: Query) {
  const first = await readOne(reader, query, undefined);
  return query.isNext === true ? readOne(reader, query, first.next ?? undefined) : first;
}

async function readOne(reader: Reader, { filter, sort }: Query, cursor: string | undefined) {
  const startedAt = performance.now();
  const moments = await filterMoments(reader, 1, NOW);
  const query = selectDevices(reader).where('device.tenant', '=', 1);
  const page = await readPage({ reader, query, tenant: 1, moments }, DEVICE_LIST, { limit: 50, filter, sort, cursor });
  if (page.outcome !== 'page') throw new Error(`${filter}: ${page.detail}`);
  const { rows, total, totalIsExact, next } = page;
  return { ms: performance.now() - startedAt, rows: rows.length, total, totalIsExact, next };
}

function show(count: number, measured: ReadonlyMap<string, readonly number[]>): void {
  const names = [...measured.keys()];
  say(
    `\nfirst page of 50 of ${count} devices, median ms (goal ≤ ${GOAL_MS})${names.map((name) => name.padStart(12)).join('')}`,
  );
  for (const [at, query] of QUERIES.entries()) {
    say(
      `${titleOf(query).padEnd(66)}${names.map((name) => (measured.get(name)?.[at] ?? 0).toFixed(1).padStart(12)).join('')}`,
    );
  }
  const figures = names.map((name) => [
    name,
    Object.fromEntries(QUERIES.map((query, at) => [titleOf(query), measured.get(name)?.[at]])),
  ]);
  sayFigures({ bench: 'filters', devices: count, goalMs: GOAL_MS, ...Object.fromEntries(figures) });
}

function titleOf({ filter, sort, isNext }: Query): string {
  const ordered = sort === undefined ? '' : ` by ${sort}`;
  return `${filter === '' ? '(all)' : filter}${ordered}${isNext === true ? ', page 2' : ''}`;
}
