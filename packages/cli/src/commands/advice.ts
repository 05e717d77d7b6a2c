import type { CallAnswer } from '@updraft/protocols';
import { quoted } from '../lookup.ts';
import { shellWord } from '../output/shell-word.ts';

type Why = CallAnswer<'devices.why'>;
type GateName = Why['gates'][number]['gate'];

/** What a person can do about the first gate that is shut, or about a cancel without an answer; null: nothing but wait. */
export function gateAdvice({ device, state, gates, assignment }: Why): string | null {
  if (state === 'canceling') return `If it is dead: "updraft cancel ${shellWord(device)} --force".`;
  const shut = gates.find(({ passed }) => !passed);
  if (shut === undefined) return null;
  const advise = ADVICE[shut.gate];
  return advise === null
    ? null
    : advise({ device: shellWord(device), rollout: assignment === null ? 'ROLLOUT' : assignment.rollout.id });
}

type Named = {
  /** As a word of a shell. */
  readonly device: string;
  /** Uid: the rollouts of direct assignments have no name of their own. */
  readonly rollout: string;
};

const ADVICE: Readonly<Record<GateName, ((named: Named) => string) | null>> = {
  'identity-accepted': null,
  'has-assignment': ({ device }) => `Assign a release: "updraft assign ${device} --release NAME@VERSION".`,
  'release-published': () => 'A release that was withdrawn does not come back: assign another.',
  compatible: ({ device }) =>
    `Assign a release for its type, or correct the type: "updraft device set ${device} --type TYPE".`,
  'required-steps': ({ device }) =>
    `Assign the required step first: "updraft assign ${device} --release NAME@VERSION".`,
  'not-already-running': null,
  'rollout-running': ({ rollout }) => `What holds the rollout: "updraft why --rollout ${rollout}".`,
  'phase-started': ({ rollout }) => `What its phase waits for: "updraft why --rollout ${rollout}".`,
  consent: ({ device }) => `To answer for its user: "updraft assignment consent ${device} yes".`,
  window: ({ rollout }) => `To install at any time: "updraft rollout set ${rollout} --any-time".`,
  pace: ({ rollout }) =>
    `To let more begin: "updraft rollout set ${rollout}" with --parallel, --per-minute or --per-site.`,
  'back-off': ({ device }) => `Why it has failed: "updraft assignment show ${device}".`,
  'penalty-box': ({ device }) =>
    `Why it has failed: "updraft assignment show ${device}". When it is mended: "updraft device release-penalty ${device}".`,
  'device-refusal': ({ device }) => `What it said: "updraft assignment show ${device}".`,
  contact: ({ device }) =>
    `Look at its power, network, clock and token; "updraft device renew-token ${device}" makes a new token.`,
};

type RolloutWhy = CallAnswer<'rollouts.why'>;

/** What a person can do about what holds a rollout; `rollout` as he called it. */
export function rolloutAdvice({ holds, state }: RolloutWhy, rollout: string): readonly string[] {
  const told = holds.flatMap(({ code }) => HOLD_ADVICE[code]?.(shellWord(rollout), rollout) ?? []);
  if (state === 'stopped' || state === 'finished') return [];
  return [...new Set(told)];
}

const failedOf = (name: string) =>
  `Who failed: "updraft assignment list --filter ${shellWord(`rollout.name==${quoted(name)};state==failed`)}".`;

/** `rollout` as a word of a shell, `name` as it is. */
const HOLD_ADVICE: Readonly<Record<string, (rollout: string, name: string) => readonly string[]>> = {
  approval: (rollout) => [`To approve it, as somebody else: "updraft rollout approve ${rollout}".`],
  start: (rollout) => [`To start it now: "updraft rollout start ${rollout}".`],
  operator: (rollout) => [`To go on: "updraft rollout resume ${rollout}".`],
  'error-threshold': (rollout, name) => [
    failedOf(name),
    `To go on all the same: "updraft rollout resume ${rollout}"; to end it: "updraft rollout stop ${rollout}", or "updraft rollout return ${rollout}".`,
  ],
  'success-not-reached': (rollout, name) => [
    failedOf(name),
    `To take that as enough and go on: "updraft rollout resume ${rollout}"; to try the failed again: "updraft rollout retry ${rollout}".`,
  ],
  stopping: (_, name) => [
    `Who has not answered yet: "updraft assignment list --filter ${shellWord(`rollout.name==${quoted(name)};state==canceling`)}"; for a device that is dead: "updraft cancel DEVICE --force".`,
  ],
  'phase-start': (rollout) => [`To start it: "updraft rollout start-phase ${rollout} PHASE".`],
};
