import { displayedState, type AssignmentState, type AttemptState } from '@updraft/core';
import type { ApiClient } from '@updraft/protocols';
import type { SimulatedStore } from './simulated-store.ts';

type Row = {
  readonly device: string;
  readonly number: number;
  readonly state: AttemptState | AssignmentState;
  readonly reason: string | null;
  readonly evidence: string;
  readonly ended_at: number | null;
};

/** What the server believes, in the shape of the two lists of its API that `compareBeliefs` reads. */
export function serverBeliefs({ run }: SimulatedStore): ApiClient {
  const attempts = run<Row>(
    `select d.name as device, t.number, t.state, t.reason, t.evidence, t.ended_at
     from attempt t join device d on d.id = t.device order by d.id, t.id`,
  );
  const assignments = [...Map.groupBy(attempts, ({ device }) => device)].map(([device, made]) => ({
    device,
    attempts: made.map(({ state, evidence, ended_at, ...rest }) => ({
      ...rest,
      state: displayedState(state),
      evidence: evidence === '' ? [] : evidence.split(','),
      endedAt: ended_at === null ? null : new Date(ended_at).toISOString(),
    })),
  }));
  const devices = run<{ name: string; version: string | null; running: string | null }>(
    `select d.name, a.value as version, l.version as running from device d
     left join device_attribute a on a.device = d.id and a.key = 'version' left join release l on l.id = d.running_release_id`,
  ).map(({ name, version, running }) => ({
    name,
    attributes: version === null ? {} : { version },
    runningRelease: running === null ? null : { version: running },
  }));
  const lists: Readonly<Record<string, readonly unknown[]>> = {
    'assignments.list': assignments,
    'devices.list': devices,
  };
  const call = (name: string): Promise<unknown> => Promise.resolve({ items: lists[name] ?? [], next: null });
  return {
    baseUrl: '',
    call,
    open: () => Promise.reject(new Error('a simulated server sends no bytes')),
  } as unknown as ApiClient;
}
