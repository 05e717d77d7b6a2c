import {
  decideRollout,
  FAILURE_ACTS,
  isErrorCrossed,
  ONE_PHASE,
  RETRIED_FAILURES,
  type FailureAct,
  type PhaseSpec,
} from '@updraft/core';
import { picture, stroke, text, type Point, type Tone } from '../drawing.ts';
import { head, type PolicyPage } from './policy-page.ts';
import { aRollout } from './rollout-in-a-picture.ts';

const NAME = 'what-a-failure-does';
const TITLE = 'What a failure does: thresholds of errors, and what follows';
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [860, 400, 70, 600, 56, 340];
const MOST_MEMBERS = 200;
const MOST_ERRORS = 12;

type Threshold = NonNullable<PhaseSpec['error']>;
const THRESHOLDS: readonly { readonly error: Threshold; readonly tone: Tone }[] = [
  { error: { percent: 0, minimum: 1 }, tone: 'bad' },
  { error: { percent: 5, minimum: 1 }, tone: 'warn' },
  { error: { percent: 5, minimum: 4 }, tone: 'open' },
  { error: { percent: 2, minimum: 3 }, tone: 'good' },
];

export const failurePage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** At which error a threshold is crossed, by the size of the phase. */
function drawn(): string {
  const sizes = [1, 50, 100, 150, 200];
  const errors = [0, 2, 4, 6, 8, 10, 12];
  return picture({ width: WIDTH, height: HEIGHT, title: TITLE }, [
    text('The error at which the threshold is crossed, by the devices of the phase', [20, 28], {
      size: 15,
      bold: true,
    }),
    ...errors.flatMap((n) => [
      stroke(
        [
          [LEFT, yOf(n)],
          [RIGHT, yOf(n)],
        ],
        { tone: 'line' },
      ),
      text(String(n), [LEFT - 10, yOf(n) + 4], { tone: 'muted', anchor: 'end', size: 12 }),
    ]),
    ...sizes.map((n) => text(String(n), [xOf(n), BOTTOM + 22], { tone: 'muted', anchor: 'middle', size: 12 })),
    text('devices', [(LEFT + RIGHT) / 2, BOTTOM + 44], { tone: 'muted', anchor: 'middle', size: 12 }),
    ...THRESHOLDS.map(({ error, tone }) => stroke(steps(error), { tone, width: 2 })),
    ...THRESHOLDS.flatMap(({ error, tone }, index) => [
      stroke(
        [
          [RIGHT + 24, TOP + 16 + index * 44],
          [RIGHT + 48, TOP + 16 + index * 44],
        ],
        { tone, width: 3 },
      ),
      text(`more than ${error.percent} %, at least ${error.minimum}`, [RIGHT + 56, TOP + 20 + index * 44], {
        bold: true,
      }),
      text(
        `of 100 devices: the ${ordinal(crossingError(error, 100) ?? 0)} error`,
        [RIGHT + 56, TOP + 37 + index * 44],
        { tone: 'muted', size: 12 },
      ),
    ]),
  ]);
}

function steps(error: Threshold): readonly Point[] {
  return Array.from({ length: MOST_MEMBERS - 1 }, (_, index) => index + 1).flatMap((total): readonly Point[] => {
    const at = crossingError(error, total);
    return at === null
      ? []
      : [
          [xOf(total - 0.5), yOf(at)],
          [xOf(total + 0.5), yOf(at)],
        ];
  });
}

/** The error of a phase at which core says that its threshold is crossed; null: it never is. */
function crossingError(error: Threshold, total: number): number | null {
  for (let erred = 1; erred <= total; erred += 1)
    if (isErrorCrossed({ spec: { ...ONE_PHASE, error }, erred, total })) return erred;
  return null;
}

function ordinal(n: number): string {
  return `${n}${n === 1 ? 'st' : n === 2 ? 'nd' : n === 3 ? 'rd' : 'th'}`;
}

function xOf(members: number): number {
  return LEFT + (members / MOST_MEMBERS) * (RIGHT - LEFT);
}

function yOf(errors: number): number {
  return BOTTOM - (errors / MOST_ERRORS) * (BOTTOM - TOP);
}

const FOLLOWS: Readonly<Record<FailureAct, string>> = {
  pause: 'nothing more is permitted; what has begun goes on; a person resumes or stops',
  stop: 'nothing more is permitted; what has begun is asked to cancel, the rest is closed',
  return: 'as `stop`; and those that took the release go back to what they ran before, by a linked rollout',
};

/** The state that core brings a running rollout to when its threshold is crossed. */
function stateAfter(onFailure: FailureAct): string {
  const spec = { ...ONE_PHASE, error: { percent: 0, minimum: 1 } };
  const started = decideRollout(aRollout([spec], [10], { onFailure }), { type: 'start' }, 0);
  if (started.outcome !== 'changed') throw new Error('it did not start');
  const erred = started.state.phases.map((phase) => ({ ...phase, erred: 1 }));
  const crossed = decideRollout({ ...started.state, phases: erred }, { type: 'erred', phase: 1 }, 1);
  if (crossed.outcome !== 'changed') throw new Error('it did not cross');
  return `${crossed.state.state} (${crossed.state.reason})`;
}

function page(): string {
  const told = THRESHOLDS.map(
    ({ error }) =>
      `more than ${error.percent} % and at least ${error.minimum}: of 100 devices the ${ordinal(crossingError(error, 100) ?? 0)}`,
  );
  return `${head(failurePage, `The error at which a threshold is crossed by the size of the phase. ${told.join('; ')}.`)}
A phase may say \`error: { percent, minimum }\`. It is crossed when **more** than that percentage of all its members have erred, and at least the minimum of them.
The minimum is not optional: with one failure of a phase of ten, 5 % are crossed, and nobody has learnt anything.

What counts as an error: a device whose attempt ended as ${RETRIED_FAILURES.filter((one) => one !== 'silence')
    .map((one) => `\`${one}\``)
    .join(', ')}; one that has fallen silent; one that the release turned out not to fit. Devices
count, not attempts: the first failed one makes its device count, also while a [retry](retries.md) waits, and a later success takes it out again.

The threshold is crossed at exactly the report, or the look for silent devices, that is one too many: in the same transaction nobody else is offered anything. A rollout that
was paused opens no phase before those who have fallen silent meanwhile are counted.

| \`onFailure\` | the rollout is | what follows |
|---|---|---|
${FAILURE_ACTS.map((act) => `| \`${act}\` | ${stateAfter(act)} | ${FOLLOWS[act]} |`).join('\n')}

A crossing is acted on once: who resumes a paused rollout takes the errors as they are. When devices recover and others fail, it can be crossed anew. A threshold that is
lowered under way is judged at once.

## Back to what ran before

A return is a downgrade. It can be chosen only if every device type concerned allows it (\`updraft device-type set board-a --downgrade\`), or the old content has been published again under a higher
version; otherwise the rollout is refused with both remedies, when it is made or changed. A release that was withdrawn is no way back either: devices that ran it stay, and are counted, while others go
back (\`return-leaves-out\`); where nobody else would, the return is refused. \`updraft rollout return spring\` does the same by hand, and \`--preview\` tells before what it would do. Its answer, and \`updraft why --rollout\` of a return, count the devices that
are left out, by reason: that are out of service (\`decommissioned\`, \`identity-rejected\`), or of a type that the old release is not for (\`incompatible\`). Devices of which it is not known what
they ran stay as they are, and the answer says how many.

Without a threshold a phase of which too few succeed holds the next one all the same: [phases and thresholds](phases-and-thresholds.md).
`;
}
