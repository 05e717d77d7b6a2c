import fc from 'fast-check';
import type { ModelLimits, ModelPhaseSpec, ModelPolicy, RetriedFailure } from './model-policy.ts';

export const ZONES = ['UTC', 'Europe/Rome', 'America/New_York', 'Asia/Kathmandu'] as const;
const rarely = fc.nat({ max: 4 }).map((n) => n === 0);
const orNone = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 1 });

const limits: fc.Arbitrary<ModelLimits> = fc
  .record({ short: fc.constantFrom(1800, 7200, 86_400), silence: fc.constantFrom(7200, 86_400, 604_800) })
  .map(({ short, silence }) => ({
    downloading: 2 * short,
    downloaded: 3 * short,
    installing: short,
    'awaiting-report': 2 * short,
    'awaiting-evidence': short,
    canceling: short,
    silence,
  }));

const failures: readonly RetriedFailure[] = [
  'failed',
  'rolled-back',
  'timed-out',
  'silence',
  'booted-old-version',
  'no-evidence',
];

const anyWindow = fc.record({
  fromHour: fc.constantFrom(0, 1, 2, 3, 12, 22),
  minutes: fc.constantFrom(60, 240, 600, 1380),
  zone: fc.constantFrom(...ZONES),
});

export const anyPolicy: fc.Arbitrary<ModelPolicy> = fc.record({
  approval: rarely,
  downloadOnly: fc.nat({ max: 9 }).map((n) => n === 0),
  consent: rarely,
  askAgainSeconds: fc.constantFrom(600, 86_400),
  window: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: anyWindow }),
  parallel: fc.constantFrom(null, null, 1, 2),
  perMinute: fc.constantFrom(null, null, null, 1, 3),
  retries: fc.constantFrom(0, 0, 1, 3),
  retryOn: fc.subarray([...failures], { minLength: 3 }),
  firstSeconds: fc.constantFrom(60, 3600),
  onFailure: fc.constantFrom('pause' as const, 'stop' as const),
  emergency: fc.nat({ max: 9 }).map((n) => n === 0),
  limits,
});

/** What an operator may change of a rollout on its way. */
export const anyChange: fc.Arbitrary<Partial<Pick<ModelPolicy, 'parallel' | 'window' | 'consent'>>> = fc.oneof(
  fc.record({ parallel: fc.constantFrom(null, 1, 2) }),
  fc.record({ window: orNone(anyWindow) }),
  fc.record({ consent: fc.boolean() }),
);

const anyPhase: fc.Arbitrary<ModelPhaseSpec> = fc.record({
  percent: fc.constantFrom(25, 50),
  successPercent: fc.constantFrom(0, 50, 100),
  // Such that a few devices' failures often come to the percentage exactly: it is crossed above it only.
  error: fc.option(fc.record({ percent: fc.constantFrom(0, 25, 25, 50, 50), minimum: fc.constantFrom(1, 1, 2) }), {
    nil: null,
    freq: 3,
  }),
  soakSeconds: fc.constantFrom(0, 0, 600, 86_400),
  byHand: rarely,
});

/** The last takes the rest. */
export const anyPhases = fc
  .array(anyPhase, { minLength: 1, maxLength: 3 })
  .map((phases): readonly ModelPhaseSpec[] =>
    phases.map((phase, at) => (at === phases.length - 1 ? { ...phase, percent: null } : phase)),
  );
