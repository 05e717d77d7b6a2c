import type { Instant } from './attempt.ts';
import type { AssignedFacts, GateFacts, GateName } from './gate-facts.ts';
import { gateRules } from './gate-rules.ts';

/** One condition with its verdict, the fact that was read, and when it can change by itself (null: only by an act). */
export type Gate = {
  readonly gate: GateName;
  readonly passed: boolean;
  /** What it holds back while it is shut: everything, or the install alone. */
  readonly blocks: 'all' | 'install';
  readonly fact: string;
  readonly nextChange: Instant | null;
};

/** Whether a door may answer that the device may download, and that it may install. */
export type Permission = { readonly mayDownload: boolean; readonly mayInstall: boolean };

/**
 * Every gate between a device and its update. The offer is given exactly when they pass: the doors and the explanation
 * of a wait read the same rules (design: gates). What was granted before stays, whatever a gate says now.
 */
export function gatesOf(facts: GateFacts, now: Instant): readonly Gate[] {
  return rulesFor(facts).map(({ gate, judge, tell }) => {
    const { passed, blocks = 'all', nextChange = null } = judge(facts as AssignedFacts, now);
    return { gate, passed, blocks, fact: tell(facts as AssignedFacts, now), nextChange };
  });
}

/** What the gates permit. */
export function permissionOf(gates: readonly Pick<Gate, 'passed' | 'blocks'>[]): Permission {
  return {
    mayDownload: gates.every(({ passed, blocks }) => passed || blocks === 'install'),
    mayInstall: gates.every(({ passed }) => passed),
  };
}

/** What a contact needs of the gates, without their words. */
export type GateSummary = Permission & {
  /** The first that is shut. */
  readonly shut: GateName | null;
  /** A place of the pace would permit something, were there one: others give theirs back at any time. */
  readonly waitsForPlace: boolean;
  /** The earliest moment after `now` at which any of them can change by itself. */
  readonly nextChange: Instant | null;
};

/** As {@link gatesOf} decides, without the facts in words: for each contact of each device. */
export function summaryOfGates(facts: GateFacts, now: Instant): GateSummary {
  let [mayDownload, mayInstall] = [true, true];
  let shut: GateName | null = null;
  let waitsForPlace = false;
  let nextChange = Infinity;
  for (const { gate, judge } of rulesFor(facts)) {
    const verdict = judge(facts as AssignedFacts, now);
    nextChange = Math.min(nextChange, verdict.nextChange ?? Infinity);
    if (verdict.passed) continue;
    shut ??= gate;
    waitsForPlace ||= gate === 'pace' && mayDownload;
    mayInstall = false;
    if (verdict.blocks !== 'install') mayDownload = false;
  }
  return { mayDownload, mayInstall, shut, waitsForPlace, nextChange: nextChange === Infinity ? null : nextChange };
}

/** Whose turn it can be: a rollout that is held, or a release that the device cannot take yet, starves no other (6-data 9). */
const ELIGIBILITY: ReadonlySet<GateName> = new Set([
  'release-published',
  'compatible',
  'required-steps',
  'not-already-running',
  'rollout-running',
  'phase-started',
]);

export function isEligible(facts: AssignedFacts, now: Instant): boolean {
  return gateRules.every(({ gate, judge }) => !ELIGIBILITY.has(gate) || judge(facts, now).passed);
}

/** Without an assignment, only the first two have something to read. */
function rulesFor({ assignment }: GateFacts): typeof gateRules {
  return assignment === null ? gateRules.slice(0, 2) : gateRules;
}
