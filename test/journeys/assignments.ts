import assert from 'node:assert/strict';
import type { ApiClient, CallAnswer, CallInput } from '@updraft/protocols';
import { until } from './until.ts';

export type ShownAssignment = CallAnswer<'assignments.show'>;
export type ShownReport = CallAnswer<'assignments.reports'>['items'][number];
type NewAssignments = CallInput<'assignments.create'>['body'];

const ENDS = ['succeeded', 'failed', 'canceled', 'superseded'];
/** More than any journey writes. */
const PAGE = 500;

/** Assigns a release to one device directly; gives the assignment's number. */
export async function assign(api: ApiClient, device: string, body: Omit<NewAssignments, 'devices'>): Promise<number> {
  const { assigned } = await api.call('assignments.create', { body: { ...body, devices: [device] } });
  const [first, ...more] = assigned;
  assert.ok(first !== undefined && more.length === 0, `${assigned.length} assignments were made`);
  return first.number;
}

/** Waits until the assignment shows `state`; rejects as soon as it has ended otherwise, with all that its device said. */
export async function untilShown(
  api: ApiClient,
  number: number,
  state: ShownAssignment['state'],
  timeLimitMs?: number,
): Promise<ShownAssignment> {
  const found = await until({
    what: `assignment ${number} as ${state}`,
    look: () => api.call('assignments.show', { params: { number } }),
    isIt: (one) => one.state === state || ENDS.includes(one.state),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
  });
  if (found.state === state) return found;
  const said = JSON.stringify(await reportsOf(api, number), undefined, 1);
  throw new Error(`assignment ${number} is ${found.state} (${found.reason}), not ${state}; its device said:\n${said}`);
}

/** What the device said, oldest first. */
export async function reportsOf(api: ApiClient, number: number): Promise<readonly ShownReport[]> {
  const { items } = await api.call('assignments.reports', { params: { number }, query: { limit: PAGE } });
  return items;
}

/** All words of a device about an assignment. SWUpdate tells a failure's reason in reports before the final one. */
export async function wordsAbout(api: ApiClient, number: number): Promise<string> {
  return (await reportsOf(api, number)).flatMap(({ details }) => details).join('\n');
}

/** The names of the events of an assignment and its attempts, in the order of their positions. */
export async function eventsOf(api: ApiClient, number: number): Promise<readonly string[]> {
  const { items } = await api.call('events.list', { query: { limit: PAGE } });
  return items
    .filter(({ subject }) => ['attempt', 'assignment'].includes(subject.kind) && subject.id === String(number))
    .map(({ name }) => name);
}

/** The same as soon as `last` is among them: on PostgreSQL an event is numbered, and listed, a moment after its commit. */
export async function eventsUpTo(api: ApiClient, number: number, last: string): Promise<readonly string[]> {
  return until({ what: `the event ${last}`, look: () => eventsOf(api, number), isIt: (names) => names.includes(last) });
}
