import assert from 'node:assert/strict';
import { openTry, type Model, type ModelWish } from './model-state.ts';
import { followClosing, followJoins } from './joining-model.ts';
import { followReturns } from './return-model.ts';
import { fold, startDue } from './rollout-model.ts';
import type { StoredFacts, StoredTry } from './stored-facts.ts';
import { silentFrom } from './time-model.ts';
import { endSilent } from './try-model.ts';

/**
 * Holds the model to what is stored. The model learns only what nobody told it: the wire ids of new tries, and at which
 * of its looks, within their grain, the sweep found a device silent. Gives what both say.
 */
export function agree(model: Model, facts: StoredFacts): readonly string[] {
  const tries = Map.groupBy(
    facts.tries.toSorted((a, b) => a.id - b.id),
    ({ assignment }) => assignment,
  );
  // Who came to match one before its start joins with it.
  startDue(model);
  followReturns(model, facts);
  followJoins(model, facts);
  followSweeps(model, facts);
  // Whom the sweep found silent may have crossed a threshold.
  followReturns(model, facts);
  fold(model);
  followClosing(model, facts);
  fold(model);
  learnNumbers(model, tries);
  const expected = expectedLines(model);
  assert.deepEqual(storedLines(facts, tries), expected);
  return expected;
}

function followSweeps(model: Model, { wishes }: StoredFacts): void {
  const stored = new Map(wishes.map((wish) => [wish.id, wish]));
  for (const wish of model.wishes) {
    const silent = silentFrom(model, wish);
    if (silent === null || silent.may > model.now) continue;
    const { ended_at: endedAt = null, reason = null } = stored.get(wish.id) ?? {};
    // What a stop closes may long have been silent in a rollout that was paused: it was canceled, and has not failed.
    if (endedAt !== null && reason !== null && SWEPT.has(reason)) endSilent(model, wish);
    else
      assert.ok(
        endedAt !== null || wish.rollout.state !== 'running' || model.now < silent.must,
        `${wishLine(wish)} is silent and stays open`,
      );
  }
}

/** Why the sweep ends what is open: of silence, be it of one that was asked to give up. */
const SWEPT: ReadonlySet<string> = new Set(['silence-limit', 'canceling-limit']);

function learnNumbers(model: Model, stored: ReadonlyMap<number, readonly StoredTry[]>): void {
  for (const wish of model.wishes)
    for (const [index, attempt] of wish.tries.entries())
      attempt.number ??= stored.get(wish.id)?.[index]?.number ?? null;
}

/** One line a wish, a phase and a rollout, so that a difference can be read. */
function storedLines(facts: StoredFacts, tries: ReadonlyMap<number, readonly StoredTry[]>): readonly string[] {
  const wishes = facts.wishes.toSorted(byId).map(({ id, number, device, phase, state, erred }) => {
    const mine = (tries.get(id) ?? []).map(
      (one) =>
        `${one.number} ${one.state}${one.pace_held === 1 ? ' placed' : ''}${one.begun_at === null ? '' : ' begun'}${one.install_offered_at === null ? '' : ' granted'}`,
    );
    return `${number} of ${device} phase ${phase} ${state}${erred === 1 ? ' erred' : ''} [${mine.join(', ')}]`;
  });
  const rollouts = facts.rollouts
    .toSorted(byId)
    .map(({ id, state, reason }) => `rollout ${id} ${state} ${reason ?? ''}`);
  const phases = facts.phases.map(
    ({ rollout, number, state, erred, crossed_at }) =>
      `phase ${rollout}.${number} ${state} erred ${erred}${crossed_at === null ? '' : ' crossed'}`,
  );
  const paces = facts.paces
    .filter(({ in_flight }) => in_flight !== 0)
    .map(({ rollout, site, in_flight }) => `pace ${rollout} ${site} ${in_flight}`);
  const devices = facts.devices
    .toSorted(byId)
    .map(({ id, running }) => `device ${id} runs ${running ?? 'what it came with'}`);
  return [...devices, ...wishes, ...rollouts, ...phases.toSorted(), ...paces.toSorted()];
}

function byId(a: { readonly id: number }, b: { readonly id: number }): number {
  return a.id - b.id;
}

/** What is to be stored, as it is compared. */
export function expectedLines(model: Model): readonly string[] {
  const wishes = model.wishes.toSorted((a, b) => a.id - b.id).map(wishLine);
  const rollouts = model.rollouts
    .toSorted((a, b) => a.id - b.id)
    .map(({ id, state, reason }) => `rollout ${id} ${state} ${reason ?? ''}`);
  const phases = model.rollouts.flatMap((rollout) =>
    rollout.phases.map((phase) => {
      const erred = phase.members.filter((member) => member.erred).length;
      return `phase ${rollout.id}.${phase.number} ${phase.state} erred ${erred}${phase.isCrossed ? ' crossed' : ''}`;
    }),
  );
  const paces = model.rollouts.flatMap((rollout) => {
    const sites = rollout.members.flatMap((member) => openTry(member)?.placeAt ?? []);
    const bySite = [...Map.groupBy(sites, (site) => site)].filter(([site]) => site !== '');
    const counted = [['', sites] as const, ...bySite].filter(([, taken]) => taken.length > 0);
    return counted.map(([site, taken]) => `pace ${rollout.id} ${site} ${taken.length}`);
  });
  const devices = model.devices
    .filter(({ isDeleted }) => !isDeleted)
    .map(({ id, running }) => `device ${id} runs ${running?.id ?? 'what it came with'}`);
  return [...devices, ...wishes, ...rollouts, ...phases.toSorted(), ...paces.toSorted()];
}

function wishLine({ number, device, phase, state, erred, tries }: ModelWish): string {
  const mine = tries.map(
    (one) =>
      `${one.number} ${one.state}${one.placeAt !== null ? ' placed' : ''}${one.begunAt === null ? '' : ' begun'}${one.installAt === null ? '' : ' granted'}`,
  );
  return `${number} of ${device.id} phase ${phase.number} ${state}${erred ? ' erred' : ''} [${mine.join(', ')}]`;
}
