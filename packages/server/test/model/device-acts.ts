import assert from 'node:assert/strict';
import type { CancelAnswer, Command, CommandOf, Target } from './command.ts';
import { askedOf, contact, isGiven, isOnOffer, linkOf } from './contact-model.ts';
import { meansIn, spoken, type Words } from './device-words.ts';
import type { ModelAnswer, ModelRequest } from './model-wire.ts';
import { offerFor, shutGates } from './gates-model.ts';
import { look, tick, type Run } from './model-run.ts';
import {
  hasBegun,
  openTry,
  openWishesOf,
  type ModelDevice,
  type ModelRelease,
  type ModelTry,
  type ModelWish,
} from './model-state.ts';
import { isNumberOf, isOver, report, reportCancel } from './report-model.ts';
import { silentFrom } from './time-model.ts';
import { endTry } from './try-model.ts';

/** Tells whether it could be done: what cannot is no step. */
export type Act<A extends Command['act']> = (run: Run, command: CommandOf<A>) => Promise<boolean>;

const WIRE_IDS_END = 2 ** 31 - 1;

export function deviceAt({ model }: Run, index: number): ModelDevice {
  const device = model.devices[index % model.devices.length];
  if (device === undefined) throw new Error('a run without devices');
  return device;
}

function wireId({ model }: Run, device: ModelDevice, target: Target): number | null {
  if (target.of === 'nobody') return WIRE_IDS_END;
  if (target.of === 'last') return device.offered;
  const known = model.wishes.flatMap((wish) => [wish.number, ...wish.tries.slice(1).map(({ number }) => number)]);
  const numbers = known.filter((number) => number !== null);
  return numbers[target.index % Math.max(numbers.length, 1)] ?? null;
}

/** Who names itself so takes "download now, install later" as it is meant; who names itself in no way does not. */
const AS_WAITING = { 'user-agent': 'a-client/1.0' };

/** Asks as the device; one that is out of service is known no more. */
export async function ask(
  run: Run,
  device: ModelDevice,
  { path, request = {} }: { path: string; request?: ModelRequest },
): Promise<ModelAnswer> {
  const headers = { ...(device.splits ? AS_WAITING : {}), ...request.headers };
  const answer = await run.world.wire.ask(device, path, { ...request, headers });
  if (device.isGone) assert.equal(answer.status, 401, `${device.name} is out of service and was answered`);
  else await noteContact(run, device);
  return answer;
}

/** It is written before time passes, as it is each second; at once where a sweep could take the device for silent now. */
async function noteContact({ model, world }: Run, device: ModelDevice): Promise<void> {
  const isLate = openWishesOf(model, device).some((wish) => (silentFrom(model, wish)?.may ?? Infinity) <= model.now);
  device.contactAt = model.now;
  if (isLate) await world.server.server.writeContacts();
}

/** Links that remind a device of something, and permit it nothing. */
const NO_PERMISSION: ReadonlySet<string> = new Set(['configData', 'installedBase']);

export const poll: Act<'poll'> = async (run, { device: index }) => {
  const device = deviceAt(run, index);
  const begun = openWishesOf(run.model, device).flatMap((wish) => wish.tries.filter((one) => one.begunAt !== null));
  const shut = gatesBefore(run, device);
  if (!device.isGone) contact(run.model, device, device.splits);
  const answer = await ask(run, device, { path: '' });
  if (device.isGone) return true;
  await look(run);
  assert.equal(answer.status, 200);
  const links = (JSON.parse(answer.text) as { _links?: Record<string, { href: string }> })._links ?? {};
  const told = Object.entries(links).flatMap(([about, { href }]) =>
    NO_PERMISSION.has(about) ? [] : [`${about} ${idIn(href)}`],
  );
  const expected = linkOf(run.model, device, device.splits);
  const asked = askedOf(run.model, device);
  const asks = asked === null ? [] : [`confirmationBase ${asked}`];
  const lines = expected === null ? asks : [`${expected.about} ${expected.attempt.number}`];
  assert.deepEqual(told, lines, `${device.name} was answered; gates: ${shut}`);
  if (expected?.about !== 'deploymentBase' || expected.attempt.number === null) return true;
  assert.ok(begun.includes(expected.attempt) || expected.attempt.offeredAt !== null);
  noteAnswered(run, device, expected.attempt.number);
  return true;
};

function gatesBefore({ model }: Run, device: ModelDevice): string {
  return openWishesOf(model, device)
    .map((wish) => `${wish.number}: ${shutGates(model, wish).join(' ')}`)
    .join(', ');
}

function idIn(href: string): string {
  return /\/(\d+)(\?|$)/.exec(href)?.[1] ?? href;
}

function noteAnswered(run: Run, device: ModelDevice, number: number): void {
  device.offered = number;
  const known = run.answered.get(device.id) ?? new Set();
  run.answered.set(device.id, known.add(number));
}

export const fetch: Act<'fetch'> = async (run, { device: index, target }) => {
  const device = deviceAt(run, index);
  const number = wireId(run, device, target);
  if (number === null) return false;
  if (!device.isGone) contact(run.model, device, device.splits);
  const answer = await ask(run, device, { path: `/deploymentBase/${number}` });
  if (device.isGone) return true;
  await look(run);
  assert.equal(answer.status, descriptionStatus(run, device, number), `the description of ${number}`);
  const attempt = onOfferTo(run, device, number);
  if (answer.status !== 200 || attempt === null) return true;
  const { deployment } = JSON.parse(answer.text) as { readonly deployment: { readonly update: string } };
  assert.equal(deployment.update === 'skip', attempt.installAt === null, `whether ${number} may be installed`);
  noteAnswered(run, device, number);
  return true;
};

/** What is over is described too, and permits nothing. */
function onOfferTo({ model }: Run, device: ModelDevice, number: number): ModelTry | null {
  const open = openWishesOf(model, device).map(openTry);
  return open.find((attempt) => attempt?.number === number && isOnOffer(attempt)) ?? null;
}

function descriptionStatus({ model }: Run, device: ModelDevice, number: number): number {
  const wish = model.wishes.find((one) => one.device === device && isNumberOf(one, number));
  const attempt = wish === undefined ? null : openTry(wish);
  if (wish === undefined) return 404;
  if (attempt === null || attempt.number !== number) return pastStatus(wish, number);
  if (attempt.state === 'awaiting-evidence') return 200;
  return isGiven(wish, attempt, device.splits) ? 200 : 404;
}

/** What has ended is still described; what was cancelled, or never born, is not. */
function pastStatus(wish: ModelWish, number: number): number {
  const state = wish.tries.find((one) => one.number === number)?.state ?? wish.state;
  return state === 'succeeded' || state === 'failed' || state === 'rolled-back' || state === 'timed-out' ? 200 : 404;
}

/** The next honest words of a device about what it was offered last; where it has nothing to tell, it polls. */
export const work: Act<'work'> = async (run, { device: index, words, fails }) => {
  const device = deviceAt(run, index);
  for (let word = 1; word <= words; word += 1) {
    const next = nextWords(run, device);
    if (next === null) return poll(run, { act: 'poll', device: index });
    const ends = fails && word === words && next.words !== 'downloads';
    await say(run, device, ends ? { ...next, words: 'failed' } : next);
    if (word === words) break;
    run.steps += 1;
    tick(run);
  }
  return true;
};

/** All of an update: what is offered, every honest word of it, and the version that it shows in the end. */
export const update: Act<'update'> = async (run, { device: index }) => {
  await poll(run, { act: 'poll', device: index });
  for (let word = 0; word < MAX_WORDS && nextWords(run, deviceAt(run, index)) !== null; word += 1) {
    run.steps += 1;
    tick(run);
    await work(run, { act: 'work', device: index, words: 1, fails: false });
  }
  run.steps += 1;
  tick(run);
  return attributes(run, { act: 'attributes', device: index, release: null, zone: null, site: null, ring: null });
};

const MAX_WORDS = 6;

type Report = { readonly number: number; readonly words: Words };

function nextWords({ model }: Run, device: ModelDevice): Report | null {
  const attempt = model.wishes
    .flatMap(({ tries }) => tries)
    .find(({ number }) => number !== null && number === device.offered);
  if (attempt === undefined || device.offered === null) return null;
  // Told to wait with the install, it asks again.
  if (attempt.state === 'downloaded' && attempt.installAt === null) return null;
  const words = NEXT_WORDS[attempt.state];
  return words === undefined ? null : { number: device.offered, words };
}

/** The same without waiting for what comes of it: only its answer is judged. */
export async function workUnsettled(run: Run, index: number): Promise<void> {
  const device = deviceAt(run, index);
  const next = nextWords(run, device);
  if (next === null || device.isGone) return;
  const { status, expected } = await utter(run, device, next);
  assert.equal(status, expected, `${device.name} says of ${next.number}: ${next.words}`);
}

const NEXT_WORDS: Readonly<Partial<Record<string, Words>>> = {
  offered: 'downloads',
  ready: 'downloads',
  downloading: 'downloaded',
  downloaded: 'proceeds',
  installing: 'swupdate installed',
  'awaiting-report': 'swupdate succeeded',
};

export const tell: Act<'report'> = async (run, { device: index, target, words }) => {
  const device = deviceAt(run, index);
  const number = wireId(run, device, target);
  return number === null ? false : say(run, device, { number, words });
};

async function say(run: Run, device: ModelDevice, { number, words }: Report): Promise<boolean> {
  const mayBegin = gatesPass(run, device, number);
  const { status, expected } = await utter(run, device, { number, words });
  if (device.isGone) return true;
  const before = run.before?.tries.find((one) => one.number === number);
  await look(run);
  const after = run.before?.tries.find((one) => one.number === number);
  if (before?.begun_at === undefined || before.begun_at === null)
    if (after !== undefined && after.begun_at !== null)
      assert.ok(mayBegin, `${number} began unasked, while a gate was shut`);
  assert.equal(status, expected, `${device.name} says of ${number}: ${words}`);
  return true;
}

async function utter(run: Run, device: ModelDevice, { number, words }: Report) {
  const expected = report(run.model, { device, number }, meansIn(words));
  const { headers, body } = spoken(number, words);
  const request = { method: 'POST', headers, body };
  const { status } = await ask(run, device, { path: `/deploymentBase/${number}/feedback`, request });
  return { status, expected };
}

/** An attempt begins only on a permission that was answered earlier, or on a report for which the gates pass. */
function gatesPass({ model, answered, before }: Run, device: ModelDevice, number: number): boolean {
  if (answered.get(device.id)?.has(number) === true) return true;
  if ((before?.tries.find((one) => one.number === number)?.offered_at ?? null) !== null) return true;
  const wish = model.wishes.find((one) => one.device === device && isNumberOf(one, number));
  return wish !== undefined && !isOver(wish, number) && offerFor(model, wish, false) !== null;
}

export const answerCancel: Act<'answer-cancel'> = async (run, { device: index, target, answer }) => {
  const device = deviceAt(run, index);
  const number = cancelId(run, device, target);
  if (number === null) return false;
  const expected = reportCancel(run.model, { device, number }, answer);
  const request = { method: 'POST', body: { id: number, status: CANCEL_WORDS[answer] } };
  const { status } = await ask(run, device, { path: `/cancelAction/${number}/feedback`, request });
  if (device.isGone) return true;
  await look(run);
  assert.equal(status, expected, `${device.name} answers the cancel of ${number}: ${answer}`);
  return true;
};

/** Mostly that of what is being cancelled. */
function cancelId(run: Run, device: ModelDevice, target: Target): number | null {
  const asked = openWishesOf(run.model, device)
    .map(openTry)
    .find((one) => one?.state === 'canceling');
  return target.of === 'last' ? (asked?.number ?? null) : wireId(run, device, target);
}

const CANCEL_WORDS: Readonly<Record<CancelAnswer, object>> = {
  acknowledged: { execution: 'closed', result: { finished: 'success' } },
  refused: { execution: 'rejected', result: { finished: 'none' } },
  noted: { execution: 'proceeding', result: { finished: 'none' } },
};

export const attributes: Act<'attributes'> = async (run, { device: index, release: which, ...said }) => {
  const { model } = run;
  const device = deviceAt(run, index);
  const version = (which === null ? toBeShown(run, device) : run.world.releases[which])?.version ?? '';
  const told = Object.fromEntries(
    Object.entries({ zone: said.zone, site: said.site, ring: said.ring }).filter(([, value]) => value !== null),
  ) as Readonly<Record<string, string>>;
  const data = { version, ...told };
  const { status } = await ask(run, device, { path: '/configData', request: { method: 'PUT', body: { data } } });
  if (device.isGone) return true;
  assert.equal(status, 200);
  Object.assign(device.told, told);
  device.zone = device.told['zone'] ?? null;
  device.site = device.told['site'] ?? '';
  device.ring = device.told['ring'] ?? '';
  device.said = version;
  device.changedAt = model.now;
  for (const wish of openWishesOf(model, device)) observe(run, wish, version);
  // Where its type goes by what it says, it does not run what it was known to; amid an update either may show.
  const isAmid = openWishesOf(model, device).some(hasBegun);
  if (device.provesVersion && !isAmid && device.running?.version !== version) device.running = null;
  await look(run);
  return true;
};

/** Of what it has closed and not yet proven, or else of what it runs. */
function toBeShown({ model }: Run, device: ModelDevice): ModelRelease | null {
  const closed = openWishesOf(model, device).find((wish) => openTry(wish)?.state === 'awaiting-evidence');
  return closed?.rollout.release ?? device.running;
}

/** Evidence that is seen before the device has closed is noted; the report or the limit ends it. */
function observe({ model }: Run, wish: ModelWish, version: string): void {
  const attempt = openTry(wish);
  if (!wish.device.provesVersion || attempt === null || wish.rollout.release.version !== version) return;
  if (attempt.state === 'awaiting-evidence') endTry(model, wish, 'succeeded');
  else if (attempt.state === 'awaiting-report' || attempt.state === 'canceling') attempt.hasObserved = true;
}
