import type { AttemptInput } from '@updraft/core';
import { createClockOffset, advanceClock, openStore, type Store } from '@updraft/store';
import type { Scope } from '../../src/access/scope.ts';
import { work } from '../../src/jobs/job-runner.ts';
import type { Commands } from '../../src/use-cases/commands.ts';
import type { DeadlyCommands } from './deadly-commands.ts';

const COMMANDS_MODULE = new URL('./deadly-commands.ts', import.meta.url);
const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Stages of a rollout's life, each with how long after the first it is played. Each may be played again where it was cut. */
const STAGES = {
  create: { seconds: 0, play: create },
  start: { seconds: MINUTE_SECONDS, play: start },
  silence: { seconds: 2 * HOUR_SECONDS, play: settle },
  stop: { seconds: 2 * HOUR_SECONDS + MINUTE_SECONDS, play: stop },
  end: { seconds: 3 * DAY_SECONDS, play: settle },
} as const;
export type Stage = keyof typeof STAGES;
export const STAGE_NAMES = Object.keys(STAGES) as readonly Stage[];

export type Place = { readonly databaseUrl: string; readonly dataDir: string };
export type TrialStore = Store<DeadlyCommands>;

/** Devices of the fleet: more than one slice creates. */
export const DEVICES = 2150;
/** These have never called: more than one slice decides one by one. */
const SILENT_FROM = 2000;
const OFFERED = 12;
const BEGUN = 6;
const FAILED = 2;
const NAME = 'all';
const operator: Scope = { tenant: 1, tenantName: 'DEFAULT', actor: 'olivia', kind: 'user' };

/** A store whose clock can be set to a stage. */
export type Trial = AsyncDisposable & { readonly store: TrialStore; readonly play: Play; readonly help: Help };
/** `isLit`: the process kills itself in this stage. */
type Play = (stage: Stage, isLit?: boolean) => Promise<void>;
/** Does the jobs of a stage that another plays, again and again until that one is done. */
type Help = (stage: Stage, played: Promise<void>) => Promise<void>;

export async function openTrial({ databaseUrl, dataDir }: Place): Promise<Trial> {
  const clockOffset = createClockOffset();
  let passed = 0;
  const store = await openStore<DeadlyCommands>({
    databaseUrl,
    dataDir,
    commandsModule: COMMANDS_MODULE,
    clockOffset,
    onFatal: (error) => {
      throw error;
    },
    log: { warn: () => undefined, error: (details, message) => console.error(message, details) },
  });
  const setTo = (stage: Stage): void => {
    const { seconds } = STAGES[stage];
    advanceClock(clockOffset, (seconds - passed) * 1000);
    passed = seconds;
  };
  return {
    store,
    async help(stage, played) {
      setTo(stage);
      let isPlayed = false;
      void played.finally(() => (isPlayed = true)).catch(() => undefined);
      while (!isPlayed) await settle(store);
    },
    async play(stage, isLit = false) {
      setTo(stage);
      await store.commands.run('trial.begin', { isLit });
      await STAGES[stage].play(store);
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** A tenant with its fleet and a release, by set statements. */
export async function fillTrial({ commands }: TrialStore): Promise<void> {
  const now = Date.now();
  const n = `with recursive n (i) as (select cast(1 as bigint) union all select i + 1 from n where i < ${DEVICES})`;
  const name = `'gw-' || substr(cast(100000 + i as text), 2)`;
  for (const text of [
    `insert into tenant (uid, name, name_fold, poll_interval_seconds, signing_policy, target_tokens, gateway_tokens, created_at)
     values ('t', 'DEFAULT', 'default', 300, 'off', 1, 0, 0)`,
    `insert into release (uid, tenant, name, name_fold, version, version_fold, description, state, manifest, manifest_sha256, counter, created_at)
     values ('r1', 1, 'os', 'os', '1.0', '1.0', '', 'published', '{}', '${'a'.repeat(64)}', 1, 0)`,
    `insert into device (tenant, name, name_fold, description, identity, created_at)
     ${n} select 1, ${name}, ${name}, '', 'accepted', 0 from n`,
    `insert into contact (device, at) ${n} select i, ${now} + ${2 * HOUR_SECONDS * 1000} from n where i <= ${SILENT_FROM}`,
  ])
    await commands.run('trial.run', { text });
}

/** What is due, until nothing is. */
async function settle(store: TrialStore): Promise<void> {
  while (await work(store as unknown as Store<Commands>, new AbortController().signal));
}

async function create(store: TrialStore): Promise<void> {
  await beginIds(store);
  await store.commands.run('rollout.create', {
    scope: operator,
    once: null,
    name: NAME,
    description: '',
    release: 'r1',
    filter: '',
    weight: 500,
    policy: { timeLimits: { silenceSeconds: HOUR_SECONDS, cancelingSeconds: DAY_SECONDS } },
    phases: [
      { size: { by: 'percent', percent: 50 }, successPercent: 0, soakSeconds: 10 * MINUTE_SECONDS },
      { size: { by: 'rest' } },
    ],
    start: false,
  });
  await settle(store);
}

/** A device's phase depends on the id of its rollout, of which PostgreSQL loses one with each creation that is cut. */
async function beginIds({ dialect, reader, commands }: TrialStore): Promise<void> {
  const made = await reader.selectFrom('rollout').select('id').executeTakeFirst();
  if (dialect === 'postgres' && made === undefined)
    await commands.run('trial.run', { text: 'alter table rollout alter column id restart with 1' });
}

/** Started; some devices take the offer, some of them begin, and some of these fail. */
async function start(store: TrialStore): Promise<void> {
  await act(store, 'start', 'ready');
  await settle(store);
  for (const { device, id } of await firstMembers(store)) {
    await store.commands.run('device.settle-contact', { scope: deviceScope, device });
    if (device > BEGUN) continue;
    await report(store, { id, device, as: 'proceeding' });
    if (device <= FAILED) await report(store, { id, device, as: 'failed' });
  }
  await settle(store);
}

const deviceScope: Scope = { tenant: 1, tenantName: 'DEFAULT', actor: 'gw', kind: 'device' };

async function firstMembers({ reader }: TrialStore) {
  return reader.selectFrom('assignment').select(['id', 'device']).orderBy('device').limit(OFFERED).execute();
}

/** A device whose report was answered does not send it again; the parent asks the rows in its stead. */
async function report(
  store: TrialStore,
  { id, device, as }: { readonly id: number; readonly device: number; readonly as: 'proceeding' | 'failed' },
): Promise<void> {
  const attempt = await store.reader
    .selectFrom('attempt')
    .select(['id', 'number', 'ended_at'])
    .where('assignment', '=', id)
    .executeTakeFirst();
  if (attempt === undefined) return;
  const kept = await store.reader.selectFrom('report').select('kind').where('attempt', '=', attempt.id).execute();
  if (kept.some(({ kind }) => kind === as)) return;
  const input: AttemptInput =
    as === 'failed' ? { type: 'report-failed', message: null } : { type: 'report-proceeding' };
  await store.commands.run('attempt.take-report', {
    scope: deviceScope,
    device,
    number: attempt.number,
    about: 'update',
    heard: { otherwise: { kind: as, input } },
    report: { deviceAt: null, code: null, details: [] },
  });
}

async function stop(store: TrialStore): Promise<void> {
  await act(store, 'stop', 'running');
  await settle(store);
}

/** An operator who got no answer looks, and does it again where it was not done. */
async function act(store: TrialStore, verb: 'start' | 'stop', from: string): Promise<void> {
  const rollout = await store.reader
    .selectFrom('rollout')
    .select(['uid', 'state'])
    .where('name', '=', NAME)
    .executeTakeFirstOrThrow();
  if (rollout.state !== from) return;
  await store.commands.run('rollout.act', { scope: operator, id: rollout.uid, expectedRevision: null, act: verb });
}
