import fc from 'fast-check';
import type { Copies, Loadable } from '../../reference-device/src/boot/choose-slot.ts';
import { encodeEnvironment, ENVIRONMENT_BYTES } from '../../reference-device/src/boot/environment.ts';
import type { BootState } from './boot-lab.ts';

/** The same states in every run: what fails once fails again. */
const SEED = 20_230_101;

/**
 * `count` states of the environment's two copies and the slots, drawn from the product of every value that boot.cmd tells apart
 * (and some that it must not fall over), both copies alike, apart, torn or empty.
 */
export function bootStates(count: number): readonly BootState[] {
  return fc.sample(state, { numRuns: count, seed: SEED });
}

const environment = fc
  .record({
    slot: fc.constantFrom('a', 'b', '', 'c', 'a b'),
    upgrade_available: fc.constantFrom('0', '1', '1', '', '2'),
    bootcount: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '9', '', '10', '03', '-1', 'x'),
    bootlimit: fc.constantFrom('3', '3', '1', '9', '', '0', '12', 'x'),
    ustate: fc.constantFrom('0', '1', '2', '3', '7', ''),
    recovery_status: fc.constantFrom('', '', 'in_progress', 'failed'),
    boot_reason: fc.constantFrom('', 'boot-limit', 'health:disk', 'server-unreachable'),
    update_origin: fc.constantFrom('', 'file'),
    watchdog_seconds: fc.constantFrom('60', '20', '30', '120', '', '61'),
    // Somebody's own variable: it is not kept.
    extra: fc.constantFrom('', '', '', 'kept by nobody'),
  })
  .map(encodeEnvironment);

const torn = fc
  .tuple(environment, environment, fc.integer({ min: 1, max: 200 }))
  .map(([before, after, at]) => Buffer.concat([after.subarray(0, at), before.subarray(at)]));

const empty = fc.constant(Buffer.alloc(ENVIRONMENT_BYTES));
const sector = fc.oneof(
  { weight: 4, arbitrary: environment },
  { weight: 1, arbitrary: torn },
  { weight: 1, arbitrary: empty },
);

const copies: fc.Arbitrary<Copies> = fc.oneof(
  environment.map((bytes) => ({ env: bytes, env2: bytes })),
  fc.record({ env: sector, env2: sector }),
);

const loadable: fc.Arbitrary<Loadable> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ a: true, b: true }) },
  { weight: 1, arbitrary: fc.record({ a: fc.boolean(), b: fc.boolean() }) },
);

const state: fc.Arbitrary<BootState> = fc.record({ copies, loadable });
