import type { TrialStore } from './rollout-life.ts';

/** What a rollout has left behind, without moments, ids of rows and revisions: equal where the same was done once. */
export async function rowsOf({ reader }: Pick<TrialStore, 'reader'>): Promise<Readonly<Record<string, unknown>>> {
  const counters = await reader
    .selectFrom('counter')
    .select(['phase', 'state', 'n'])
    .where('n', '<>', 0)
    .orderBy('phase')
    .orderBy('state')
    .execute();
  const events = await reader.selectFrom('event').select(['name', 'actor', 'subject_id', 'data']).execute();
  return {
    rollouts: await reader
      .selectFrom('rollout')
      .select(['kind', 'name', 'state', 'reason', 'planned', 'counted', 'is_counted', 'cursor'])
      .execute(),
    phases: await reader
      .selectFrom('phase')
      .select(['number', 'state', 'planned', 'total', 'erred', 'cursor'])
      .orderBy('number')
      .execute(),
    assignments: await reader
      .selectFrom('assignment')
      .select(['device', 'phase', 'number', 'state', 'reason', 'attempts', 'failed_attempts', 'erred'])
      .orderBy('device')
      .execute(),
    attempts: await reader
      .selectFrom('attempt')
      .select(['device', 'number', 'ordinal', 'state', 'reason', 'evidence', 'canceled_from'])
      .orderBy('device')
      .orderBy('ordinal')
      .execute(),
    reports: await reader
      .selectFrom('report')
      .innerJoin('attempt', 'attempt.id', 'report.attempt')
      .select(['attempt.device', 'report.kind'])
      .orderBy('attempt.device')
      .orderBy('report.id')
      .execute(),
    shown: await reader
      .selectFrom('device')
      .select('id')
      .where('assignment_id', 'is not', null)
      .orderBy('id')
      .execute(),
    counters,
    unfolded: await reader.selectFrom('counter_delta').selectAll().execute(),
    nextWireId: await reader.selectFrom('tenant').select('next_action').execute(),
    events: events
      .map(({ name, actor, subject_id, data }) => `${name} ${actor} ${keyOf(name, subject_id)} ${shown(data)}`)
      .toSorted(),
  };
}

/** A rollout's name is a UUID of its own. */
function keyOf(name: string, subject: string): string {
  return name.startsWith('rollout.') ? '' : subject;
}

/** Without what speaks of moments or of the rollout's own UUID. */
function shown(data: string): string {
  const { at: _, rollout: __, ...rest } = JSON.parse(data) as Record<string, unknown>;
  return JSON.stringify(rest);
}
