import assert from 'node:assert/strict';
import { SWUPDATE_SAYS, type Report } from '../a-fleet.ts';
import { judgeGrant, shutGates, type Moment } from './grants.ts';
import type { Model, ModelAttempt, ModelDevice } from './model-state.ts';
import type { Real } from './world.ts';

/** What devices do, and lie. Each asks the model first and tells it what was answered. */

export async function poll(model: Model, real: Real, device: ModelDevice): Promise<void> {
  const before = await momentOf(model, real);
  const links = await real.world.client(device).poll();
  assert.ok(links.deploymentBase === undefined || links.cancelAction === undefined, 'two actions at once');
  device.link = null;
  for (const about of ['deploymentBase', 'cancelAction'] as const) {
    const href = links[about];
    if (href === undefined) continue;
    device.link = { about, number: numberOf(href) };
  }
  if (device.link?.about !== 'deploymentBase') return;
  const { number } = device.link;
  const known = device.answered.get(number);
  assert.ok(known?.hasEnded !== true, `${number} is offered to ${device.name} after its end`);
  if (known?.hasBegun !== true) judgeGrant(model, device, { before, after: await momentOf(model, real), number });
  if (known === undefined) device.answered.set(number, { number, device, hasBegun: false, hasEnded: false });
}

function numberOf(href: string): number {
  return Number(/\/(\d+)(\?|$)/.exec(href)?.[1]);
}

async function momentOf(model: Model, real: Real): Promise<Moment> {
  return { facts: await real.facts(model), now: await real.world.now() };
}

export type Words = keyof typeof SWUPDATE_SAYS | 'plainSuccess' | 'plainFailure' | 'download' | 'downloaded';

const PLAIN: Readonly<Record<string, Report>> = {
  plainSuccess: { execution: 'closed', finished: 'success' },
  plainFailure: { execution: 'closed', finished: 'failure' },
  download: { execution: 'download', finished: 'none' },
  downloaded: { execution: 'downloaded', finished: 'none' },
};
const ENDS: ReadonlySet<string> = new Set(['success', 'bootFailed', 'installFailed', 'plainSuccess', 'plainFailure']);

/** A report for a wire id, true or not: it begins only what was answered, or what the gates would let through. */
export async function report(
  model: Model,
  real: Real,
  said: { readonly device: ModelDevice; readonly number: number; readonly words: Words },
): Promise<void> {
  const { device, number, words } = said;
  const before = await momentOf(model, real);
  const heard = words in PLAIN ? PLAIN[words] : SWUPDATE_SAYS[words as keyof typeof SWUPDATE_SAYS];
  if (heard === undefined) throw new Error(`nobody says ${words}`);
  const { status } = await real.world.client(device).report(number, heard);
  assert.ok([200, 404, 410].includes(status), `a report was answered ${status}`);
  const after = await momentOf(model, real);
  const begunBefore = begunOf(before, number);
  if (begunBefore || !begunOf(after, number)) return;
  assert.equal(status, 200, `${number} has begun by a report that was refused`);
  noteBegun(model, { device, number, before });
  if (ENDS.has(words)) return;
}

function begunOf({ facts }: Moment, number: number): boolean {
  return facts.attempts.some((attempt) => attempt.number === number && attempt.begun_at !== null);
}

function noteBegun(
  model: Model,
  { device, number, before }: { readonly device: ModelDevice; readonly number: number; readonly before: Moment },
): void {
  const known: ModelAttempt | undefined = device.answered.get(number);
  const wasWithdrawn = before.facts.attempts.some((one) => one.number === number && one.state === 'ready');
  const assignment = before.facts.assignments.find((one) => one.number === number);
  const rollout = model.rollouts.find((one) => one.number === assignment?.rollout);
  if (known === undefined) {
    const shut = shutGates(model, number, before);
    assert.deepEqual(shut, [], `${number} began on ${device.name} unasked, while gates were shut`);
  } else if (wasWithdrawn && rollout !== undefined) rollout.isOverbooked = true;
  device.answered.set(number, { number, device, hasBegun: true, hasEnded: false });
}

/** What a device answers to a cancel, asked or not. */
export async function answerCancel(
  model: Model,
  real: Real,
  said: { readonly device: ModelDevice; readonly number: number; readonly refuses: boolean },
): Promise<void> {
  const { device, number, refuses } = said;
  const before = await momentOf(model, real);
  const wasAsked = before.facts.attempts.some((one) => one.number === number && one.state === 'canceling');
  const { status } = await real.world.client(device).report(number, {
    about: 'cancelAction',
    execution: refuses ? 'rejected' : 'closed',
    finished: refuses ? 'none' : 'success',
  });
  if (!wasAsked) assert.notEqual(status, 200, `${number} was not asked to cancel, and could`);
  if (wasAsked && refuses)
    for (const rollout of model.rollouts) rollout.wasRefused ||= status === 200;
}
