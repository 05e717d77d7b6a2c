import type { Instant } from './attempt.ts';
import type { AssignedFacts, GateName } from './gate-facts.ts';
import { clockWords, comingWords, pastWords, spanWords } from './moment-words.ts';
import { paceVerdict, paceWords } from './pace.ts';
import { isCompatible, missingStep, type RequiredStep } from './required-step.ts';
import { describeWindow } from './windows/describe-window.ts';

type Verdict = {
  readonly passed: boolean;
  /** Left out: everything. */
  readonly blocks?: 'all' | 'install';
  readonly nextChange?: Instant | null;
};

/** One gate: what it decides, and the fact that it read in words. */
export type GateRule = {
  readonly gate: GateName;
  readonly judge: (facts: AssignedFacts, now: Instant) => Verdict;
  readonly tell: (facts: AssignedFacts, now: Instant) => string;
};

/** A device that is not heard for so many of its polls is out of contact. */
const MISSED_POLLS = 3;

const titleOf = ({ name, version }: { readonly name: string; readonly version: string }) => `${name} ${version}`;

/** In the order of `GATES`. */
export const gateRules: readonly GateRule[] = [
  {
    gate: 'identity-accepted',
    judge: ({ device }) => ({ passed: device.identity === 'accepted' }),
    tell: ({ device }) => `identity is ${device.identity}`,
  },
  {
    gate: 'has-assignment',
    judge: ({ assignment }) => ({ passed: (assignment as unknown) !== null }),
    tell: ({ assignment }) =>
      (assignment as unknown) === null
        ? 'no assignment is open'
        : `assignment ${assignment.number} of ${titleOf(assignment.release)}`,
  },
  {
    gate: 'release-published',
    judge: ({ assignment }) => ({ passed: assignment.release.state === 'published' }),
    tell: ({ assignment: { release } }) => `${titleOf(release)} is ${release.state}`,
  },
  {
    gate: 'compatible',
    judge: ({ device, assignment }) => ({ passed: isCompatible(device.type, assignment.release.deviceTypes) }),
    tell: ({ device, assignment }) => typeWords(device.type, assignment.release.deviceTypes),
  },
  {
    gate: 'required-steps',
    judge: (facts) => ({ passed: stepMissing(facts) === null }),
    tell: (facts) => stepWords(facts),
  },
  {
    gate: 'not-already-running',
    judge: ({ device, assignment }) => ({ passed: device.runningReleaseId !== assignment.release.id }),
    tell: ({ device, assignment: { release } }) =>
      `the device ${device.runningReleaseId === release.id ? 'runs' : 'does not run'} ${titleOf(release)}`,
  },
  {
    gate: 'rollout-running',
    judge: ({ assignment: { rollout } }, now) => ({
      passed: rollout.state === 'running',
      nextChange: startOf(rollout, now),
    }),
    tell: (facts, now) => rolloutWords(facts, now),
  },
  {
    gate: 'phase-started',
    judge: ({ assignment: { rollout } }) => ({ passed: rollout.phaseState === 'started' }),
    tell: ({ assignment: { rollout } }) => `phase ${rollout.phase} is ${rollout.phaseState}`,
  },
  {
    gate: 'consent',
    judge: ({ device, assignment }, now) => ({
      passed: hasConsent(assignment) || device.autoConsent,
      blocks: 'install',
      nextChange: device.autoConsent ? null : asksAgain(assignment, now),
    }),
    tell: (facts, now) => consentWords(facts, now),
  },
  {
    gate: 'window',
    judge: ({ assignment: { rollout, window } }) => ({
      passed: window.isOpen || rollout.policy.emergency,
      blocks: rollout.policy.windows.downloadAhead ? 'install' : 'all',
      nextChange: rollout.policy.emergency ? null : window.changesAt,
    }),
    tell: (facts, now) => windowWords(facts, now),
  },
  {
    gate: 'pace',
    judge: ({ assignment }, now) => paceVerdict(assignment.rollout.policy.pace, assignment.pace, now),
    tell: ({ assignment }, now) =>
      paceWords(assignment.rollout.policy.pace, assignment.pace, { zone: assignment.window.zone, now }),
  },
  {
    gate: 'back-off',
    judge: ({ assignment }, now) => until(assignment.notBefore, now),
    tell: (facts, now) => backOffWords(facts, now),
  },
  {
    gate: 'penalty-box',
    judge: ({ device }, now) => until(device.penaltyUntil, now),
    tell: ({ device, assignment }, now) =>
      isComing(device.penaltyUntil, now)
        ? `set aside after many failures until ${comingWords(device.penaltyUntil, assignment.window.zone, now)}`
        : 'the device is not set aside',
  },
  {
    gate: 'device-refusal',
    judge: ({ assignment }, now) => until(assignment.refusal?.until ?? null, now),
    tell: (facts, now) => refusalWords(facts, now),
  },
  {
    gate: 'contact',
    judge: ({ device }, now) => contactVerdict(device, now),
    tell: ({ device }, now) => contactWords(device, now),
  },
];

function stepMissing({ device, assignment }: AssignedFacts): RequiredStep | null {
  if (assignment.requiredSteps.length === 0) return null;
  const { type, runningCounter } = device;
  return missingStep(assignment.requiredSteps, { type, runningCounter, targetCounter: assignment.release.counter });
}

function stepWords(facts: AssignedFacts): string {
  const missing = stepMissing(facts);
  return missing === null ? 'no required step is missing' : `the required step ${titleOf(missing)} comes first`;
}

function typeWords(deviceType: string | null, releaseTypes: readonly string[]): string {
  const wanted = releaseTypes.length === 0 ? 'any type' : releaseTypes.join(', ');
  return `the device is of ${deviceType === null ? 'no type' : `type ${deviceType}`}, the release is for ${wanted}`;
}

type Rollout = AssignedFacts['assignment']['rollout'];

/** When a rollout that is ready starts by itself; null: by hand, or not by a time of its own. */
function startOf({ state, policy }: Rollout, now: Instant): Instant | null {
  return state === 'ready' && policy.start.by === 'time' && policy.start.at > now ? policy.start.at : null;
}

function rolloutWords({ assignment: { rollout, window } }: AssignedFacts, now: Instant): string {
  const startsAt = startOf(rollout, now);
  const starts = startsAt !== null ? `, starts ${comingWords(startsAt, window.zone, now)}` : '';
  return `${rollout.name} is ${rollout.state}${rollout.reason === null ? '' : ` (${rollout.reason})`}${starts}`;
}

type Assignment = AssignedFacts['assignment'];

function hasConsent({ consent, rollout }: Assignment): boolean {
  return !rollout.policy.consent.required || consent === 'given';
}

function asksAgain(assignment: Assignment, now: Instant): Instant | null {
  const { consent, asksAgainAt } = assignment;
  return consent === 'declined' && !hasConsent(assignment) && isComing(asksAgainAt, now) ? asksAgainAt : null;
}

function consentWords({ device, assignment }: AssignedFacts, now: Instant): string {
  if (assignment.consent === 'given') return 'the device’s user has consented';
  if (hasConsent(assignment)) return 'no consent is needed';
  if (device.autoConsent) return 'consent is given for the device without asking';
  if (assignment.consent !== 'declined')
    return assignment.consent === 'asked' ? 'the device’s user has been asked' : 'nobody has consented yet';
  const again = asksAgain(assignment, now);
  const asked = again === null ? '' : `; asked again ${comingWords(again, assignment.window.zone, now)}`;
  return `the device’s user has declined${asked}`;
}

function windowWords({ assignment: { rollout, window } }: AssignedFacts, now: Instant): string {
  const { windows, blackouts } = rollout.policy.windows;
  if (windows.length + blackouts.length === 0) return 'no window is set';
  const said = describeWindow(window, now);
  return rollout.policy.emergency && !window.isOpen ? `an emergency, that ignores: ${said}` : said;
}

function backOffWords({ assignment }: AssignedFacts, now: Instant): string {
  const { failedAttempts, notBefore, rollout, window } = assignment;
  if (failedAttempts === 0) return 'no attempt has failed';
  const limit = rollout.policy.retries.limit + 1;
  const next = `attempt ${failedAttempts + 1} of ${Math.max(limit, failedAttempts + 1)}`;
  return isComing(notBefore, now)
    ? `${next} waits until ${comingWords(notBefore, window.zone, now)}`
    : `${next} may go`;
}

function refusalWords({ assignment: { refusal, window } }: AssignedFacts, now: Instant): string {
  if (refusal === null) return 'the device has refused nothing';
  const what = refusal.of === 'cancel' ? 'to cancel' : 'the offer';
  const words = refusal.words === null ? '' : `: ${refusal.words}`;
  const said = `at ${clockWords(refusal.at, window.zone, now)} the device refused ${what}${words}`;
  return isComing(refusal.until, now) ? `${said}; asked again ${comingWords(refusal.until, window.zone, now)}` : said;
}

type Device = AssignedFacts['device'];

function contactVerdict({ lastContactAt, pollIntervalSeconds }: Device, now: Instant): Verdict {
  if (lastContactAt === null) return { passed: false };
  const missedAt = lastContactAt + MISSED_POLLS * pollIntervalSeconds * 1000;
  return now < missedAt ? { passed: true, nextChange: missedAt } : { passed: false };
}

function contactWords({ lastContactAt, pollIntervalSeconds }: Device, now: Instant): string {
  if (lastContactAt === null) return 'the device has never been in contact';
  const ago = now - lastContactAt < 1000 ? 'in contact now' : `last contact ${pastWords(now - lastContactAt)} ago`;
  return `${ago}, it polls every ${spanWords(pollIntervalSeconds * 1000)}`;
}

function until(end: Instant | null, now: Instant): Verdict {
  return isComing(end, now) ? { passed: false, nextChange: end } : { passed: true };
}

function isComing(at: Instant | null, now: Instant): at is Instant {
  return at !== null && at > now;
}
