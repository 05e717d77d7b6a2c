import type { OpenAssignment } from '@updraft/core';
import { ddiActionStatus, ddiCancel } from '@updraft/protocols';
import type { PolledAssignment, WireAction } from '@updraft/store';
import type { FastifyInstance } from 'fastify';
import type { Asking } from '../../device-contact/answer-cache.ts';
import { actionBodyOf, describe } from './action-body.ts';
import { askingDevice, isLetIn, type AskingDevice, type DdiParams } from './authenticate.ts';
import { templateOf } from './description-template.ts';
import { isGiven } from './work-link.ts';
import { DDI_BASE, DEPLOYMENT_PATH, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import type { DdiExchange, DdiReply, DdiRequest } from './exchange.ts';
import { sendJson, sendValue } from './json-answer.ts';
import type { KnownDescription, ToldAction } from './known-answers.ts';
import { earliest, endOf, settle, type SettledDevice } from './settle.ts';
import { urgencyOf, urgencyOfPolicy } from './urgency.ts';
import { whoAsks, type WhoAsks } from './who-asks.ts';
import { parseWireId } from './wire-id.ts';

/** What is offered, what was, and what is to be cancelled. */
export function deploymentRoutes(app: FastifyInstance, door: DdiDoor): void {
  app.get(DEPLOYMENT_PATH, async (request, reply) => describeDeployment(door, { request, reply }));

  app.get(`${DDI_BASE}/cancelAction/:action`, async (request, reply) => {
    const asking = askingDevice(request);
    const number = parseWireId(request.params);
    const found = openAttempt(await settledDevice(door, request, asking), number);
    const attempt = found?.assignment.attempt;
    if (found === null || attempt?.state !== 'canceling')
      return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
    await noteRetrieval(door, asking, { found, of: 'cancel' });
    return sendValue({ request, reply }, ddiCancel(attempt.number));
  });
}

/**
 * The same before it is known who asks: what was told before, and nothing has changed since, is told again from memory.
 * A device that waits for its window asks at each of its polls.
 */
export function answerDescription(door: DdiDoor, exchange: DdiExchange): DdiReply | Promise<DdiReply> {
  const { request } = exchange;
  const who = whoAsks(door, request);
  const known = door.known.descriptions.get(who.asking, door.now());
  if (known?.action.id !== parseWireId(request.params) || known.userAgent !== request.headers['user-agent'])
    return describeAnew(door, exchange, who);
  return door.stamps === null
    ? describeAgain(door, exchange, known)
    : describeIfCurrent(door, { ...exchange, ...who }, known);
}

async function describeIfCurrent(
  door: DdiDoor,
  exchange: DdiExchange & WhoAsks,
  known: KnownDescription,
): Promise<DdiReply> {
  const isCurrent = (await door.stamps?.isCurrent(known)) ?? true;
  return isCurrent ? describeAgain(door, exchange, known) : describeAnew(door, exchange, exchange);
}

function describeAgain(door: DdiDoor, exchange: DdiExchange, known: KnownDescription): DdiReply {
  const { controller } = exchange.request.params as DdiParams;
  door.contacts.note(known.device);
  return sendJson(exchange, describe(known.template, known.action, controller));
}

async function describeAnew(door: DdiDoor, { request, reply }: DdiExchange, { asking }: WhoAsks): Promise<DdiReply> {
  const ticket = door.known.drops.ticket();
  if (!(await isLetIn(door, request, reply))) return reply;
  return describeDeployment(door, { request, reply }, { asking, ticket });
}

/** Under which what is told may be kept; `ticket` was asked for before the device was read. */
type Keeping = { readonly asking: Asking; readonly ticket: number };

/** Describes what is offered to the device that asks; what has ended is described as before. */
export async function describeDeployment(
  door: DdiDoor,
  { request, reply }: DdiExchange,
  keeping?: Keeping,
): Promise<DdiReply> {
  const asking = askingDevice(request);
  const number = parseWireId(request.params);
  const state = await settledDevice(door, request, asking);
  const found = openAttempt(state, number);
  if (found === null) return sendPast(door, asking, { request, reply, number });
  const { attempt } = found.assignment;
  if (attempt?.state === 'awaiting-evidence') return sendPast(door, asking, { request, reply, number });
  if (attempt === null || !isGiven(found.assignment, state)) return sendEmpty(reply, 404);
  await noteRetrieval(door, asking, { found, of: 'update' });
  const action = toldOf(found, { number: attempt.number, now: state.device.readAt });
  if (keeping !== undefined && state.current?.id === found.assignment.id)
    await keep(door, { ...keeping, request }, { state, action });
  return sendJson({ request, reply }, await actionBodyOf(door, request, { action }));
}

/** What waits for a place in the pace may find one at any time, and is looked at each time. */
async function keep(
  door: DdiDoor,
  { asking, ticket, request }: Keeping & { readonly request: DdiRequest },
  { state, action }: { readonly state: SettledDevice; readonly action: ToldAction },
): Promise<void> {
  if (!state.settled || state.gates.waitsForPlace) return;
  const userAgent = request.headers['user-agent'];
  const { tenant, device } = askingDevice(request);
  const template = await templateOf(door, { asking: askingDevice(request), userAgent }, action.release);
  const until = earliest(endOf(state), template.until);
  const answer = { device: device.id, stamp: device.stamp, action, template, userAgent };
  door.known.descriptions.keep(asking, answer, { tenant: tenant.id, ticket, until });
}

export async function settledDevice(door: DdiDoor, request: DdiRequest, asking: AskingDevice) {
  const { scope, device, address, splitsOffers } = asking;
  return settle(door, { scope, device, controller: address.controller, splitsOffers, log: request.log });
}

function openAttempt({ device }: SettledDevice, number: number | null): PolledAssignment | null {
  return device.open.find(({ assignment }) => assignment.attempt?.number === number) ?? null;
}

function toldOf(
  { assignment, attemptId }: PolledAssignment,
  { number, now }: { readonly number: number; readonly now: number },
): ToldAction {
  return {
    id: number,
    release: assignment.release.id,
    urgency: urgencyOf(assignment, now),
    attemptId,
    status: ddiActionStatus(assignment.attempt?.state ?? 'ready', { ...traitsOf(assignment), isRetrieved: true }),
  };
}

function traitsOf({ rollout }: Pick<OpenAssignment, 'rollout'>) {
  return { isDownloadOnly: rollout.policy.action.kind === 'download-only' };
}

/**
 * What has ended is described as before, as hawkBit does: nothing links to it any more. What was cancelled is not found,
 * what was never this device's does not exist.
 */
async function sendPast(
  door: DdiDoor,
  { tenant, device }: AskingDevice,
  { request, reply, number }: DdiExchange & { readonly number: number | null },
): Promise<DdiReply> {
  const found = number === null ? null : await door.attempts.find({ tenant: tenant.id, device: device.id, number });
  if (found === null || number === null) return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
  const action = pastActionOf(found, { number, now: device.readAt });
  if (action === null || action.status === 'CANCELED') return sendEmpty(reply, 404);
  return sendJson({ request, reply }, await actionBodyOf(door, request, { action }));
}

/** An action that is over for its device; null: it is not. */
export function pastActionOf(
  { attempt, attemptId, assignment, release, policy }: WireAction,
  { number, now }: { readonly number: number; readonly now: number },
): ToldAction | null {
  const isDownloadOnly = policy.action.kind === 'download-only';
  // The device has closed what only awaits evidence: to its wire, it is finished.
  const state = attempt === 'awaiting-evidence' ? 'succeeded' : (attempt ?? assignment);
  const status = ddiActionStatus(state, { isDownloadOnly, isRetrieved: true });
  if (!OVER.has(status)) return null;
  return { id: number, release, urgency: urgencyOfPolicy(policy, now), attemptId, status };
}

const OVER: ReadonlySet<string> = new Set(['FINISHED', 'DOWNLOADED', 'ERROR', 'CANCELED']);

const NOTED_AS = { update: 'retrieved', cancel: 'cancel-retrieved' } as const;

async function noteRetrieval(
  door: DdiDoor,
  { scope, device }: AskingDevice,
  { found, of }: { readonly found: PolledAssignment; readonly of: 'update' | 'cancel' },
): Promise<void> {
  const kind = NOTED_AS[of];
  if (found.attemptId === null || (await door.attempts.hasReport(found.attemptId, kind))) return;
  await door.commands.run('attempt.note-retrieval', {
    scope,
    device: device.id,
    assignment: found.assignment.id,
    kind,
  });
}
