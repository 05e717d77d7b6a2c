import type { AssignmentState } from './assignment-lifecycle.ts';
import type { Instant } from './attempt.ts';
import type { ReleaseState } from './release-lifecycle.ts';
import type { PhaseState, RolloutState } from './rollout-lifecycle.ts';

/** The conditions between a device and its update, in the order in which they are shown. */
export const GATES = [
  'identity-accepted',
  'has-assignment',
  'release-published',
  'compatible',
  'not-already-running',
  'rollout-running',
  'phase-started',
] as const;
export type GateName = (typeof GATES)[number];

/** One condition with its verdict, the fact that was read, and when it can change by itself (null: only by an act). */
export type Gate = {
  readonly gate: GateName;
  readonly passed: boolean;
  readonly fact: string;
  readonly nextChange: Instant | null;
};

/** What the gates read, of a device, its current assignment and that assignment's rollout. */
export type GateFacts = {
  readonly device: {
    readonly name: string;
    readonly identity: 'accepted' | 'pending' | 'rejected';
    readonly type: string | null;
    readonly runningReleaseId: number | null;
  };
  readonly assignment: {
    readonly number: number;
    readonly state: AssignmentState;
    readonly release: {
      readonly id: number;
      readonly name: string;
      readonly version: string;
      readonly state: ReleaseState;
      /** Names of the device types that the release is for; empty: any. */
      readonly deviceTypes: readonly string[];
    };
    readonly rollout: {
      readonly name: string;
      readonly state: RolloutState;
      readonly phase: number;
      readonly phaseState: PhaseState;
    };
  } | null;
};

/** Whether a door may answer that the device may download, and that it may install. */
export type Permission = { readonly mayDownload: boolean; readonly mayInstall: boolean };

/**
 * Every gate between a device and its update. The offer is given exactly when all pass: the doors and the explanation
 * of a wait read the same list (design: gates).
 */
export function gatesOf(facts: GateFacts): readonly Gate[] {
  const identity = gate(
    'identity-accepted',
    facts.device.identity === 'accepted',
    `identity is ${facts.device.identity}`,
  );
  const { assignment } = facts;
  if (assignment === null) return [identity, gate('has-assignment', false, 'no assignment is open')];
  const { release, rollout } = assignment;
  const title = `${release.name} ${release.version}`;
  const runs = facts.device.runningReleaseId === release.id;
  return [
    identity,
    gate('has-assignment', true, `assignment ${assignment.number} of ${title}`),
    gate('release-published', release.state === 'published', `${title} is ${release.state}`),
    gate(
      'compatible',
      isCompatible(facts.device.type, release.deviceTypes),
      typeFact(facts.device.type, release.deviceTypes),
    ),
    gate('not-already-running', !runs, runs ? `the device runs ${title}` : `the device does not run ${title}`),
    gate('rollout-running', rollout.state === 'running', `${rollout.name} is ${rollout.state}`),
    gate('phase-started', rollout.phaseState === 'started', `phase ${rollout.phase} is ${rollout.phaseState}`),
  ];
}

/** What the gates permit. Until windows and consent to install exist, both permissions are one. */
export function permissionOf(gates: readonly Gate[]): Permission {
  const open = gates.every(({ passed }) => passed);
  return { mayDownload: open, mayInstall: open };
}

/** A release that names no device type fits every device; a device without a type takes only such releases. */
export function isCompatible(deviceType: string | null, releaseTypes: readonly string[]): boolean {
  return releaseTypes.length === 0 || (deviceType !== null && releaseTypes.includes(deviceType));
}

function typeFact(deviceType: string | null, releaseTypes: readonly string[]): string {
  const wanted = releaseTypes.length === 0 ? 'any type' : releaseTypes.join(', ');
  return `the device is of ${deviceType === null ? 'no type' : `type ${deviceType}`}, the release is for ${wanted}`;
}

function gate(name: GateName, passed: boolean, fact: string): Gate {
  return { gate: name, passed, fact, nextChange: null };
}
