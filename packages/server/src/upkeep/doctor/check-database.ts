import type { DatabaseSource } from '@updraft/store';
import { JOBS_LEASE } from '../../use-cases/job-commands.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const MAX_CLOCK_DIFFERENCE_MS = 2000;
/** What is due waits for a tick of a second and a slice; so late, nobody works. */
const LATE_AFTER_MS = 120_000;
const MAX_COUNTED = 1000;
const WIRE_IDS_END = 2 ** 31;
const FEW_WIRE_IDS = 100_000_000;

/** What the database finds wrong with its own files and references. */
export async function checkIntegrity(source: DatabaseSource): Promise<Finding> {
  if (source.dialect === 'postgres')
    return ok('integrity', 'PostgreSQL checks its references itself; its files are read by "updraft backup"');
  const damages = await source.damages();
  if (damages.length === 0) return ok('integrity', 'every page, index and reference of the file is sound');
  return damaged(damages.join('; '));
}

export function damaged(fact: string): Finding {
  const advice = 'Stop the server, keep a copy of the data directory, restore a backup.';
  return fail('integrity', { code: 'database-damaged', fact, advice });
}

/** Due times and leases use the database's clock, contacts and logs the server's. */
export function checkClock({ at, dialect }: Pick<DatabaseSource, 'at' | 'dialect'>): Finding {
  const difference = Math.round(Date.now() - at);
  const fact = dialect === 'sqlite' ? 'one clock: that of this machine' : `${difference} ms from the database's`;
  if (Math.abs(difference) <= MAX_CLOCK_DIFFERENCE_MS) return ok('clock', fact);
  const advice = 'Let both machines keep the time by NTP: silence and windows are judged by it.';
  return warn('clock', { code: 'clock-differs', fact, advice });
}

/** Every server that runs wants the lease of the jobs at all times; the others are taken for a piece of work, and then left to run out. */
export async function checkLeases({ db, at }: DatabaseSource): Promise<Finding> {
  const leases = await db.selectFrom('lease').selectAll().orderBy('name').execute();
  const over = leases.filter(({ name, expires_at }) => name === JOBS_LEASE && expires_at < at - LATE_AFTER_MS);
  const held = leases.filter(({ expires_at }) => expires_at >= at).map(({ name }) => name.split(':')[0]);
  const fact = held.length === 0 ? 'none is held' : `held: ${held.join(', ')}`;
  if (over.length === 0) return ok('leases', fact);
  const names = over.map(({ name }) => name).join(', ');
  return warn('leases', {
    code: 'lease-ran-out',
    fact: `${fact}; ran out and nobody took over: ${names}`,
    advice: 'Right where no server runs; else read its log.',
  });
}

/** Whether somebody does what time brings about. */
export async function checkDue({ db, at }: DatabaseSource): Promise<Finding> {
  const late = await db
    .selectFrom('attempt')
    .select('id')
    .where('next_at', '<', at - LATE_AFTER_MS)
    .limit(MAX_COUNTED)
    .execute();
  if (late.length === 0) return ok('due work', `nothing waits for more than ${LATE_AFTER_MS / 1000} s`);
  const many = late.length === MAX_COUNTED ? `${MAX_COUNTED} or more` : String(late.length);
  return warn('due work', {
    code: 'work-overdue',
    fact: `${many} attempts are overdue`,
    advice: 'Right where no server runs; else read its log.',
  });
}

/** Events get their positions after the commit: one that waits for long is seen by nobody. */
export async function checkEvents({ db, at }: DatabaseSource): Promise<Finding> {
  const waiting = await db
    .selectFrom('event')
    .select('at')
    .where('position', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  const age = waiting === undefined ? 0 : at - waiting.at;
  if (age <= LATE_AFTER_MS) return ok('events', 'all have their positions, or will at once');
  return warn('events', {
    code: 'events-waiting',
    fact: `one waits for its position since ${Math.round(age / 1000)} s`,
    advice: 'Start a server; else read its log.',
  });
}

/** Clients of hawkBit's protocol know ids up to 2^31−1. */
export async function checkWireIds({ db }: DatabaseSource): Promise<Finding> {
  const fullest = await db
    .selectFrom('tenant')
    .select(['name', 'next_action'])
    .orderBy('next_action', 'desc')
    .limit(1)
    .executeTakeFirst();
  const left = WIRE_IDS_END - (fullest?.next_action ?? 1);
  const fact = `${left} are left to the tenant that has used most`;
  if (left >= FEW_WIRE_IDS) return ok('wire ids', fact);
  return warn('wire ids', {
    code: 'wire-ids-few',
    fact: `${fact}, ${fullest?.name}`,
    advice: 'Every restore takes some: move this tenant to a new one in time.',
  });
}
