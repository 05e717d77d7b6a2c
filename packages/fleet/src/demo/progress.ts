import type { ApiClient, ApiRoutes, RouteAnswer } from '@updraft/protocols';
import { setTimeout as wait } from 'node:timers/promises';
import { CAST } from './cast.ts';
import type { Frame, Stage } from './stage.ts';

export type DemoAssignment = RouteAnswer<ApiRoutes['assignments.list']>['items'][number];

const LOOK_EVERY_MS = 200;
const LIMIT = 100;
/** The order in which counts are shown. */
// prettier-ignore
const STATE_ORDER = [
  'scheduled', 'ready', 'waiting', 'offered', 'downloading', 'downloaded', 'installing', 'awaiting-report', 'awaiting-evidence', 'verifying',
  'succeeded', 'failed', 'rolled-back', 'timed-out', 'canceled',
];

/**
 * Shows the rollout's assignments as they go on, until all have ended or `untilMs` (of performance.now) has passed, and
 * gives them as they stand then, by device.
 */
export async function watch(
  api: ApiClient,
  stage: Stage,
  { untilMs, signal }: { readonly untilMs: number; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, DemoAssignment>> {
  const startedAt = performance.now();
  for (;;) {
    const { items } = await api.call('assignments.list', { query: { limit: LIMIT }, signal });
    const byDevice = new Map(items.map((assignment) => [assignment.device, assignment]));
    stage.show(frameOf(byDevice, (performance.now() - startedAt) / 1000));
    const allEnded = items.length === CAST.length && items.every(({ endedAt }) => endedAt !== null);
    if (allEnded || performance.now() >= untilMs) return byDevice;
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** What an assignment stands in, as people are told: its last attempt's state, which says more than its own. */
export function stateOf(assignment: DemoAssignment | undefined): string {
  return assignment?.attempts.at(-1)?.state ?? assignment?.state ?? 'not assigned';
}

function frameOf(assignments: ReadonlyMap<string, DemoAssignment>, seconds: number): Frame {
  const counts = Object.groupBy(assignments.values(), stateOf);
  const known = Object.keys(counts).toSorted((a, b) => STATE_ORDER.indexOf(a) - STATE_ORDER.indexOf(b));
  const rows = CAST.flatMap(({ name, remark }) =>
    remark === null ? [] : [{ name, remark, state: stateOf(assignments.get(name)) }],
  );
  return {
    headline: known.map((state) => `${counts[state]?.length ?? 0} ${state}`).join(' · '),
    seconds,
    done: counts['succeeded']?.length ?? 0,
    total: CAST.length,
    rows,
  };
}
