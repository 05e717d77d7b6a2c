import fc from 'fast-check';
import { WORDS, type Words } from './device-words.ts';
import { anyChange, ZONES, type ChangedPolicy } from './policy-arbitrary.ts';
import type { Ending } from './world.ts';
import type { ModelPhaseSpec, ModelPolicy } from './model-policy.ts';
import type { ModelDevice, PenaltyRule } from './model-state.ts';

/** Whom and what a command means is an index into what there is when it runs: shrunk lists stay meaningful. */
export type Command =
  | { readonly act: 'poll'; readonly device: number }
  | { readonly act: 'update'; readonly device: number }
  | { readonly act: 'fetch'; readonly device: number; readonly target: Target }
  /** So many honest words one after the other, of which the last may be a failure. */
  | { readonly act: 'work'; readonly device: number; readonly words: number; readonly fails: boolean }
  | { readonly act: 'report'; readonly device: number; readonly target: Target; readonly words: Words }
  | { readonly act: 'bytes'; readonly device: number; readonly release: number; readonly whole: boolean }
  | { readonly act: 'answer-cancel'; readonly device: number; readonly target: Target; readonly answer: CancelAnswer }
  | {
      readonly act: 'attributes';
      readonly device: number;
      /** The version that it says; null: the one that it is to show. */
      readonly release: number | null;
      readonly zone: string | null;
      readonly site: string | null;
      readonly ring: string | null;
    }
  | { readonly act: 'wait'; readonly seconds: number }
  | {
      readonly act: 'assign';
      readonly devices: number;
      readonly release: number;
      readonly weight: number;
      readonly policy: ModelPolicy;
    }
  | { readonly act: 'cancel' | 'force-quit'; readonly wish: number }
  | { readonly act: 'consent'; readonly wish: number; readonly answer: 'given' | 'declined' }
  | {
      readonly act: 'create';
      readonly release: number;
      readonly weight: number;
      readonly policy: ModelPolicy;
      readonly phases: readonly ModelPhaseSpec[];
      /** Of which ring its devices are to be, by their own word; null: of any. */
      readonly ring: string | null;
    }
  | { readonly act: 'clone' | 'return'; readonly rollout: number }
  | { readonly act: 'retry'; readonly rollout: number; readonly start: boolean }
  | { readonly act: 'join'; readonly kind: DeviceKind }
  | { readonly act: 'approve' | 'deny' | 'start' | 'pause' | 'resume' | 'stop'; readonly rollout: number }
  | { readonly act: 'start-phase' | 'skip-phase'; readonly rollout: number; readonly phase: number }
  | { readonly act: 'change'; readonly rollout: number; readonly weight: number; readonly change: PolicyChange }
  | { readonly act: 'decommission' | 'delete' | 'replace'; readonly device: number }
  | { readonly act: 'set-penalty-rule'; readonly rule: PenaltyRule }
  | { readonly act: 'release-penalty'; readonly device: number }
  | {
      readonly act: 'restart';
      readonly how: Ending;
      /** How long nobody listened. Amid a report it is as short as can be. */
      readonly seconds: number;
      /** Which device's next word it takes, and nothing comes of that before. */
      readonly amid: number | null;
    };

/** The commands that an act takes. */
export type CommandOf<A extends Command['act'], C = Command> = C extends { readonly act: infer B }
  ? A extends B
    ? C
    : never
  : never;

/** Of all wire ids that are known, the device's last offer, or one that nobody has. */
export type Target =
  | { readonly of: 'last' }
  | { readonly of: 'any'; readonly index: number }
  | { readonly of: 'nobody' };
/** What a device is, and who speaks for it. */
export type DeviceKind = Pick<ModelDevice, 'provesVersion' | 'refusesDowngrade' | 'splits'>;
export type CancelAnswer = 'acknowledged' | 'refused' | 'noted';
export type PolicyChange = Partial<ChangedPolicy>;

const device = fc.nat({ max: 5 });
const index = fc.nat({ max: 30 });
const target: fc.Arbitrary<Target> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ of: 'last' } as const) },
  { weight: 3, arbitrary: fc.record({ of: fc.constant('any' as const), index }) },
  { weight: 1, arbitrary: fc.constant({ of: 'nobody' } as const) },
);
const release = fc.nat({ max: 3 });
const anyZone = fc.constantFrom(null, ...ZONES);
const anySite = fc.constantFrom(null, 'north', 'south');
const anyRing = fc.constantFrom(null, 'inner', 'outer');
export const anyKind: fc.Arbitrary<DeviceKind> = fc.record({
  provesVersion: fc.boolean(),
  refusesDowngrade: fc.nat({ max: 3 }).map((n) => n === 0),
  splits: fc.boolean(),
});
const seldom = fc.nat({ max: 5 }).map((n) => n === 0);
const weight = fc.constantFrom(1000, 1000, 500, 0);
const rollout = fc.nat({ max: 5 });

function weighted<T extends Command>(share: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<Command> {
  return { weight: share, arbitrary };
}

const is = <const A extends string>(...acts: readonly A[]) => fc.constantFrom(...acts);

/** What devices do, and lie. */
export const anyDeviceCommand: fc.Arbitrary<Command> = fc.oneof(
  weighted(30, fc.record({ act: is('poll'), device })),
  weighted(9, fc.record({ act: is('update'), device })),
  weighted(3, fc.record({ act: is('fetch'), device, target })),
  weighted(26, fc.record({ act: is('work'), device, words: fc.integer({ min: 1, max: 5 }), fails: seldom })),
  weighted(8, fc.record({ act: is('report'), device, target, words: fc.constantFrom(...WORDS) })),
  weighted(4, fc.record({ act: is('bytes'), device, release, whole: fc.boolean() })),
  weighted(5, fc.record({ act: is('answer-cancel'), device, target, answer: is('acknowledged', 'refused', 'noted') })),
  weighted(
    5,
    fc.record({
      act: is('attributes'),
      device,
      release: fc.option(release),
      zone: anyZone,
      site: anySite,
      ring: anyRing,
    }),
  ),
);

/** What operators do with a release, by such policies and phases. */
export function anyPlan(policy: fc.Arbitrary<ModelPolicy>, phases: fc.Arbitrary<readonly ModelPhaseSpec[]>) {
  const devices = fc.integer({ min: 1, max: 15 });
  return fc.oneof(
    weighted(3, fc.record({ act: is('assign'), devices, release, weight, policy })),
    weighted(5, fc.record({ act: is('create'), release, weight, policy, phases, ring: anyRing })),
  );
}

/** What operators do with what there is. */
export const anySteering: fc.Arbitrary<Command> = fc.oneof(
  weighted(2, fc.record({ act: is('cancel', 'force-quit'), wish: index })),
  weighted(4, fc.record({ act: is('consent'), wish: index, answer: is('given', 'given', 'declined') })),
  weighted(10, fc.record({ act: is('approve', 'start', 'start', 'start', 'pause', 'resume', 'resume'), rollout })),
  weighted(1, fc.record({ act: is('deny', 'stop'), rollout })),
  weighted(2, fc.record({ act: is('start-phase', 'skip-phase'), rollout, phase: fc.integer({ min: 1, max: 3 }) })),
  weighted(1, fc.record({ act: is('release-penalty'), device })),
);

export const anyPenaltyRule: fc.Arbitrary<PenaltyRule> = fc.record({
  failures: fc.constantFrom(0, 1, 2, 2, 3),
  withinSeconds: fc.constantFrom(7000, 50_000),
  seconds: fc.constantFrom(1000, 20_000),
});

/** What happens seldom. */
export const anyRareCommand: fc.Arbitrary<Command> = fc.oneof(
  weighted(2, fc.record({ act: is('change'), rollout, weight, change: anyChange })),
  weighted(1, fc.record({ act: is('clone'), rollout })),
  weighted(2, fc.record({ act: is('retry'), rollout, start: fc.boolean() })),
  weighted(2, fc.record({ act: is('return'), rollout })),
  weighted(1, fc.record({ act: is('join'), kind: anyKind })),
  weighted(1, fc.record({ act: is('decommission', 'delete', 'replace', 'replace'), device })),
  weighted(1, fc.record({ act: is('set-penalty-rule'), rule: anyPenaltyRule })),
);

export const anyRestart: fc.Arbitrary<Command> = fc.record({
  act: is('restart'),
  how: is('killed', 'killed', 'stopped'),
  seconds: fc.oneof(fc.constantFrom(20, 900, 7200), fc.integer({ min: 3600, max: 3 * 86_400 })),
  amid: fc.option<number, null>(device),
});
