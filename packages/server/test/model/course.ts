import fc from 'fast-check';
import {
  anyDeviceCommand,
  anyPenaltyRule,
  anyPlan,
  anyRareCommand,
  anyRestart,
  anySteering,
  anyKind,
  type Command,
  type DeviceKind,
} from './command.ts';
import type { ModelPhaseSpec, ModelPolicy } from './model-policy.ts';
import { anyPhases, anyPolicy, PLAIN_POLICY } from './policy-arbitrary.ts';
import { WHOLE } from './return-model.ts';

const DEVICES = 4;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** Devices, and commands as they may come after each other. */
export type Course = { readonly kinds: readonly DeviceKind[]; readonly commands: readonly Command[] };

/**
 * Half of the courses lean to nothing. Left to chance alone, what needs several things at once comes about too seldom. A
 * server takes half a second to start: one of `waitsPerRestart` waits is a restart.
 */
export function anyCourse(waitsPerRestart: number): fc.Arbitrary<Course> {
  return fc.oneof(
    ...LEANINGS.map((leaning) => ({ weight: leaning.share, arbitrary: courseOf(leaning, waitsPerRestart) })),
  );
}

/** What a course is mostly about. */
type Leaning = {
  /** Of all courses, by weight. */
  readonly share: number;
  readonly kind: fc.Arbitrary<DeviceKind>;
  readonly begins: fc.Arbitrary<readonly Command[]>;
  readonly policy: fc.Arbitrary<ModelPolicy>;
  readonly phases: fc.Arbitrary<readonly ModelPhaseSpec[]>;
  readonly seconds: fc.Arbitrary<number>;
  /** How often, by weight: what devices do, what operators plan, what they do with it, what is rare, and time. */
  readonly weights: Readonly<Record<'devices' | 'plans' | 'steering' | 'rare' | 'waits', number>>;
  readonly lean: (command: Command) => Command;
};

function courseOf(leaning: Leaning, waitsPerRestart: number): fc.Arbitrary<Course> {
  const { kind, begins, policy, phases, seconds, weights, lean } = leaning;
  const waits = fc.oneof(
    { weight: waitsPerRestart - 1, arbitrary: fc.record({ act: fc.constant('wait' as const), seconds }) },
    { weight: 1, arbitrary: anyRestart },
  );
  const command: fc.Arbitrary<Command> = fc.oneof(
    { weight: weights.devices, arbitrary: anyDeviceCommand.map(lean) },
    { weight: weights.plans, arbitrary: anyPlan(policy, phases) },
    { weight: weights.steering, arbitrary: anySteering },
    { weight: weights.rare, arbitrary: anyRareCommand },
    { weight: weights.waits, arbitrary: waits },
  );
  const kinds = fc.array(kind, { minLength: DEVICES, maxLength: DEVICES });
  const rest = fc.array(command, { minLength: 100, maxLength: 250, size: 'max' });
  const commands = fc.tuple(begins, rest).map(([before, after]) => [...before, ...after]);
  return fc.record({ kinds, commands });
}

/** What devices were made with: they run a release that is known, to which they may be brought back. */
function installed(release: number): readonly Command[] {
  return [
    { act: 'assign', devices: 15, release, weight: 1000, policy: PLAIN_POLICY },
    ...[0, 1, 2, 3].map((device) => ({ act: 'update', device }) as const),
  ];
}

/** The newest of all, so that whoever takes another goes forward on the way back. */
const NEWEST = 3;

const begun: Pick<ModelPolicy, 'start' | 'approval' | 'consent'> = {
  start: { by: 'ready' },
  approval: false,
  consent: false,
};

const none: Leaning = {
  share: 2,
  kind: anyKind,
  begins: fc.constantFrom([], installed(0)),
  policy: anyPolicy,
  phases: anyPhases,
  seconds: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(5, 30, 60, 300, 900, 901, 1800) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 2 * HOUR }) },
    { weight: 2, arbitrary: fc.integer({ min: HOUR, max: 3 * DAY }) },
  ),
  weights: { devices: 90, plans: 8, steering: 20, rare: 9, waits: 14 },
  lean: (command) => command,
};

/** Nothing is shut: who fails is asked again soon. */
const failingPolicy: fc.Arbitrary<ModelPolicy> = anyPolicy.map((policy) => ({
  ...policy,
  ...begun,
  window: null,
  downloadOnly: false,
  retries: 3,
  retryOn: ['failed', 'rolled-back', 'timed-out'],
  firstSeconds: 60,
  onFailure: 'return',
}));

/** Crossed when a second of four devices has failed: others may have taken the release until then. */
const WARY: readonly ModelPhaseSpec[] = [{ ...WHOLE, error: { percent: 25, minimum: 1 } }];

/** Every second device fails, until it is set aside, and until a threshold leads the others back to what they ran. */
const failing: Leaning = {
  share: 1,
  kind: anyKind,
  begins: fc
    .tuple(anyPenaltyRule, failingPolicy)
    .map(([{ failures, ...rule }, policy]) => [
      { act: 'set-penalty-rule', rule: { ...rule, failures: Math.max(failures, 1) } },
      ...installed(NEWEST),
      { act: 'create', release: 1, weight: 500, policy, phases: WARY, ring: null },
    ]),
  policy: failingPolicy,
  phases: fc.oneof(anyPhases, fc.constant(WARY)),
  seconds: fc.constantFrom(60, 120, 300, 900, 2 * HOUR),
  weights: { devices: 90, plans: 10, steering: 8, rare: 4, waits: 16 },
  lean: (command) => {
    if (!('device' in command) || command.device % 2 === 0) return command;
    if (command.act === 'update') return { act: 'work', device: command.device, words: 2, fails: true };
    return command.act === 'work' ? { ...command, fails: command.words > 1 } : command;
  },
};

/** A window opens before any of these is over. */
const PATIENT = {
  downloading: 2 * DAY,
  downloaded: 2 * DAY,
  installing: 2 * DAY,
  'awaiting-report': 2 * DAY,
  'awaiting-evidence': 2 * DAY,
  canceling: 2 * DAY,
  silence: 7 * DAY,
} as const;

/** All at one site, in the rollout's zone. */
const PLACE = { zone: null, site: 'north', ring: null };

/** Windows for which downloads go ahead, and places that free themselves while they are shut. */
const aheadPolicy: fc.Arbitrary<ModelPolicy> = fc
  .record({
    policy: anyPolicy,
    fromHour: fc.constantFrom(0, 12),
    minutes: fc.constantFrom(240, 600),
    isBySite: fc.boolean(),
  })
  .map(({ policy, fromHour, minutes, isBySite }) => ({
    ...policy,
    ...begun,
    emergency: false,
    downloadOnly: false,
    window: { fromHour, minutes, zone: 'UTC' },
    downloadAhead: true,
    parallel: isBySite ? null : 1,
    perSite: isBySite ? 1 : null,
    perMinute: null,
    limits: PATIENT,
  }));

const ahead: Leaning = {
  share: 1,
  // Who cannot wait with the install is offered nothing before the window.
  kind: fc
    .record({ kind: anyKind, splits: fc.constantFrom(true, true, true, false) })
    .map(({ kind, splits }) => ({ ...kind, splits })),
  begins: aheadPolicy.map((policy) => [
    ...installed(0),
    ...[0, 1, 2, 3].map((device) => ({ act: 'attributes', device, release: null, ...PLACE }) as const),
    { act: 'create', release: 1, weight: 500, policy, phases: [WHOLE], ring: null },
  ]),
  policy: aheadPolicy,
  phases: fc.constant([WHOLE]),
  seconds: fc.constantFrom(60, 900, HOUR, 4 * HOUR, 8 * HOUR),
  weights: { devices: 90, plans: 8, steering: 2, rare: 1, waits: 10 },
  lean: (command) => command,
};

const LEANINGS = [none, failing, ahead];
