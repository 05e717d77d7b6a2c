import assert from 'node:assert/strict';
import { chooseSlot, type Copies } from '../../reference-device/src/boot/choose-slot.ts';
import { decodeEnvironment } from '../../reference-device/src/boot/environment.ts';
import type { BootState, Observed } from './boot-lab.ts';

/** Asserts that the script did on each state what its model says: every byte of both copies, every word, what was booted. */
export function assertAgreement(states: readonly BootState[], observed: readonly Observed[]): void {
  for (const [index, state] of states.entries()) {
    const seen = observed[index];
    assert.ok(seen !== undefined);
    assert.deepEqual(shown(seen), shown(expected(state)), describe(state));
    assert.deepEqual(seen.copies, expected(state).copies, describe(state));
  }
}

function expected({ copies, loadable }: BootState): Observed {
  const { slot, trial, count, writes, words } = chooseSlot(copies, loadable);
  const after = writes.reduce<Copies>((now, { copy, bytes }) => ({ ...now, [copy]: bytes }), copies);
  const rootOf = `root=PARTLABEL=slot-${slot} ro console=ttyAMA0 loglevel=4 panic=5`;
  const told = `updraft.slot=${slot} updraft.trial=${trial ? 1 : 0} updraft.count=${count}`;
  const bootArguments = slot === undefined ? undefined : `${rootOf} ${told}`;
  return { copies: { env: after.env, env2: after.env2 }, words, bootArguments };
}

/** As text first: two sectors that differ say little. */
function shown({ copies, words, bootArguments }: Observed): unknown {
  return { env: decodeEnvironment(copies.env), env2: decodeEnvironment(copies.env2), words, bootArguments };
}

function describe({ copies, loadable }: BootState): string {
  return JSON.stringify({ env: decodeEnvironment(copies.env), env2: decodeEnvironment(copies.env2), loadable });
}
