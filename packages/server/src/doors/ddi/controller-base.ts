import { fold, type OpenAssignment } from '@updraft/core';
import {
  cancelHref,
  configDataHref,
  ddiControllerBase,
  DeviceName,
  deploymentHref,
  installedHref,
  type DdiAddress,
  type DdiLinks,
} from '@updraft/protocols';
import type { PolledDevice, PolledTenant } from '@updraft/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressOf, authenticate, scopeOf, type DdiParams } from './authenticate.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import { jsonEtag, sendJson } from './json-answer.ts';
import { urgencyOf } from './urgency.ts';
import { settle, type SettledDevice } from './settle.ts';

/** The poll: what is to be done, and when to ask again. The one hot path: most polls are answered from memory. */
export function pollRoute(app: FastifyInstance, door: DdiDoor): void {
  app.get(DDI_BASE, async (request, reply) => {
    const params = request.params as DdiParams;
    const address = addressOf(door, request, params);
    const authorization = request.headers.authorization ?? '';
    const asking = { tenant: params.tenant, device: params.controller, authorization, origin: address.origin };
    const cached = door.answers.get(asking, door.now());
    if (cached !== null && (door.stamps === null || (await door.stamps.isCurrent(cached)))) {
      door.contacts.note(cached.device);
      door.countPoll();
      return sendJson({ request, reply }, cached);
    }
    const found = await findDevice(door, request, params);
    if (found.outcome === 'unauthorised') return sendEmpty(reply, 401);
    if (found.outcome === 'illegal-name') return sendDdiError(reply, 'hawkbit.server.error.repo.constraintViolation');
    door.contacts.note(found.device.id);
    door.countPoll();
    const answer = await answerOf(door, { request, address, found });
    if (answer.isLasting) door.answers.keep(asking, answer);
    return sendJson({ request, reply }, answer);
  });
}

type Found = { readonly outcome: 'found'; readonly tenant: PolledTenant; readonly device: PolledDevice };

/** Lets the device in; one that a gateway token vouches for joins now. */
async function findDevice(
  door: DdiDoor,
  request: FastifyRequest,
  params: DdiParams,
): Promise<Found | { readonly outcome: 'unauthorised' } | { readonly outcome: 'illegal-name' }> {
  const known = await authenticate(door, params, request.headers.authorization);
  if (known.outcome === 'device') return { ...known, outcome: 'found' };
  if (known.outcome === 'refused') return { outcome: 'unauthorised' };
  if (!DeviceName.safeParse(params.controller).success) return { outcome: 'illegal-name' };
  await door.commands.run('device.join', { scope: scopeOf(known.tenant, params.controller), name: params.controller });
  const joined = await door.readDevice(fold(params.tenant), params.controller);
  if (joined === null || joined.device === null)
    throw new Error(`the device ${params.controller} joined and is not there`);
  return { outcome: 'found', tenant: joined.tenant, device: joined.device };
}

type Poll = { readonly request: FastifyRequest; readonly address: DdiAddress; readonly found: Found };

async function answerOf(door: DdiDoor, { request, address, found }: Poll) {
  const { tenant, device } = found;
  const scope = scopeOf(tenant, device.facts.name);
  const before = door.answers.ticket();
  const state = await settle(door, { scope, controller: address.controller, device, log: request.log });
  const body = JSON.stringify(ddiControllerBase(tenant.pollIntervalSeconds, linksOf(address, state)));
  // What waits for a place in the pace may find one at any time: others give theirs back without a word to this device.
  const isLasting = state.settled && state.device === device && state.gates.shut !== 'pace';
  return {
    device: device.id,
    tenant: tenant.id,
    body,
    etag: jsonEtag(body),
    stamp: device.stamp,
    isLasting,
    until: endOf(state),
    ticket: before,
  };
}

/** When the answer may become another one by time alone: a gate of the current assignment, or its forced time. */
function endOf({ current, gates, device }: SettledDevice): number | null {
  const action = current?.rollout.policy.action;
  const forcedAt = action?.kind === 'time-forced' && action.forcedAt > device.readAt ? action.forcedAt : null;
  if (forcedAt === null || gates.nextChange === null) return forcedAt ?? gates.nextChange;
  return Math.min(forcedAt, gates.nextChange);
}

/** What a settled device is to do next, as links. */
export function linksOf(address: DdiAddress, state: SettledDevice): DdiLinks {
  const work = workLink(address, state);
  const { installedNumber } = state.device;
  const asksAttributes = wantsAttributes(state.device, work.deploymentBase !== undefined);
  return {
    ...work,
    ...(installedNumber === null ? {} : { installedBase: { href: installedHref(address, installedNumber) } }),
    ...(asksAttributes ? { configData: { href: configDataHref(address) } } : {}),
  };
}

function workLink(address: DdiAddress, { device, current, settled }: SettledDevice): DdiLinks {
  const attempt = current?.attempt;
  if (current === null || attempt === null || attempt === undefined) return {};
  if (attempt.state === 'canceling') return { cancelAction: { href: cancelHref(address, attempt.number) } };
  if (!isOnOffer(attempt) || (attempt.begunAt === null && !settled)) return {};
  const revision = device.open.find(({ assignment }) => assignment.id === current.id)?.attemptRevision ?? 0;
  const { download } = urgencyOf(current, device.readAt);
  return { deploymentBase: { href: deploymentHref(address, attempt.number, { revision, download }) } };
}

/** From the offer until the device has closed: what was granted stays. */
export function isOnOffer({ state }: NonNullable<OpenAssignment['attempt']>): boolean {
  return (
    state === 'offered' ||
    state === 'downloading' ||
    state === 'downloaded' ||
    state === 'installing' ||
    state === 'awaiting-report'
  );
}

/**
 * Not while a report is awaited: SWUpdate would send its attributes instead of its result, and credit that to the next
 * action. While evidence is awaited, at each poll without a deployment.
 */
function wantsAttributes(device: PolledDevice, isOffered: boolean): boolean {
  const states = device.open.map(({ assignment }) => assignment.attempt?.state);
  if (states.includes('awaiting-report')) return false;
  return device.attributesWanted || (!isOffered && states.includes('awaiting-evidence'));
}
