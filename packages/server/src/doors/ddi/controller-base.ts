import { configDataHref, ddiControllerBase, installedHref, type DdiAddress, type DdiLinks } from '@updraft/protocols';
import type { PolledDevice } from '@updraft/store';
import type { FastifyInstance } from 'fastify';
import { scopeOf, type DdiParams } from './authenticate.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import type { DdiExchange, DdiReply } from './exchange.ts';
import { findDevice, sendNotFound, type Found } from './first-contact.ts';
import { jsonEtag, sendJson } from './json-answer.ts';
import type { JsonAnswer, KnownPoll } from './known-answers.ts';
import { pollWaitOf } from './poll-wait.ts';
import { earliest, endOf, settle, type SettledDevice } from './settle.ts';
import { whoAsks, type WhoAsks } from './who-asks.ts';
import { workLink } from './work-link.ts';

/** Intervals of a fleet, and those that windows shorten. */
export const MAX_IDLE_ANSWERS = 1000;

/** The poll: what is to be done, and when to ask again. The one hot path: most polls are answered from memory. */
export function pollRoute(app: FastifyInstance, door: DdiDoor): void {
  app.get(DDI_BASE, async (request, reply) => answerPoll(door, { request, reply }));
}

/** On SQLite an answer from memory is given at once: a promise for each would be a part of what it costs. */
export function answerPoll(door: DdiDoor, { request, reply }: DdiExchange): DdiReply | Promise<DdiReply> {
  const poll = { request, reply, ...whoAsks(door, request) };
  const cached = door.known.polls.get(poll.asking, door.now());
  if (cached === null) return answerAnew(door, poll);
  return door.stamps === null ? answerAgain(door, poll, cached) : answerIfCurrent(door, poll, cached);
}

type Poll = DdiExchange & WhoAsks;

async function answerIfCurrent(door: DdiDoor, poll: Poll, cached: KnownPoll): Promise<DdiReply> {
  const isCurrent = (await door.stamps?.isCurrent(cached)) ?? true;
  return isCurrent ? answerAgain(door, poll, cached) : answerAnew(door, poll);
}

function answerAgain(door: DdiDoor, poll: Poll, cached: KnownPoll): DdiReply {
  door.contacts.note(cached.device);
  door.countPoll();
  return sendJson(poll, cached);
}

async function answerAnew(door: DdiDoor, poll: Poll): Promise<DdiReply> {
  const { request, reply, asking } = poll;
  const found = await findDevice(door, request, request.params as DdiParams);
  if (found.outcome !== 'found') return sendNotFound(reply, found);
  door.contacts.note(found.device.id);
  door.countPoll();
  const { answer, lasting } = await answerOf(door, poll, found);
  if (lasting !== null) door.known.polls.keep(asking, answer, lasting);
  return sendJson(poll, answer);
}

async function answerOf(door: DdiDoor, { request, address, asking }: Poll, { tenant, device }: Found) {
  const { splitsOffers } = asking;
  const scope = scopeOf(tenant, device.facts.name);
  const ticket = door.known.drops.ticket();
  const contact = { scope, controller: address.controller, device, splitsOffers, log: request.log };
  const state = await settle(door, contact);
  const own = await door.intervals.of(tenant, device.id, device.readAt);
  const wait = pollWaitOf(own, state);
  const { body, etag } = baseOf(door, wait.seconds, linksOf(address, state));
  // What waits for a place in the pace may find one at any time: others give theirs back without a word to this device.
  const isLasting = state.settled && state.device === device && !state.gates.waitsForPlace;
  const until = earliest(earliest(own.until, wait.until), endOf(state));
  const lasting = isLasting ? { tenant: tenant.id, ticket, until } : null;
  return { answer: { device: device.id, body, etag, stamp: device.stamp }, lasting };
}

/** Without links it is the same text for all, and for nearly all of a fleet at nearly any time. */
function baseOf({ known: { idle } }: DdiDoor, seconds: number, links: DdiLinks): JsonAnswer {
  const isIdle = Object.keys(links).length === 0;
  const known = isIdle ? idle.get(seconds) : undefined;
  if (known !== undefined) return known;
  const body = JSON.stringify(ddiControllerBase(seconds, links));
  const answer = { body, etag: jsonEtag(body) };
  return isIdle ? idle.set(seconds, answer) : answer;
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

/**
 * Not while a report is awaited: SWUpdate would send its attributes instead of its result, and credit that to the next
 * action. While evidence is awaited, at each poll without a deployment.
 */
function wantsAttributes(device: PolledDevice, isOffered: boolean): boolean {
  const states = device.open.map(({ assignment }) => assignment.attempt?.state);
  if (states.includes('awaiting-report')) return false;
  return device.attributesWanted || (!isOffered && states.includes('awaiting-evidence'));
}
