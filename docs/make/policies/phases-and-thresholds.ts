import {
  decideRollout,
  MAX_PHASES,
  MAX_SOAK_SECONDS,
  nextLook,
  ONE_PHASE,
  phaseSizes,
  type PhaseCounts,
  type PhaseSpec,
  type RolloutAggregate,
} from '@updraft/core';
import { area, dot, picture, stroke, text, type Point } from '../drawing.ts';
import { head, span, type PolicyPage } from './policy-page.ts';
import { aRollout } from './rollout-in-a-picture.ts';
import { barRows, xIn, type BarFrame, type BarRow } from './state-bars.ts';

const NAME = 'phases-and-thresholds';
const TITLE = 'Phases and thresholds: how a rollout goes on';
const DEVICES = 500;
const HOUR_MS = 3_600_000;
const LOOK_MS = HOUR_MS / 6;
const HOURS = 60;
/** All but the last twentieth of a phase succeed within so long; these never do. */
const PHASE_HOURS = 10;
const NEVER = 0.04;
const FRAME: BarFrame = {
  left: 150,
  right: 640,
  top: 64,
  row: 70,
  hours: HOURS,
  ticks: [0, 12, 24, 36, 48, 60].map((hour) => [hour, hour === 0 ? 'start' : `${hour} h`]),
};

const SPECS: readonly PhaseSpec[] = [
  { ...ONE_PHASE, name: 'canary', size: { by: 'count', count: 10 }, soakSeconds: 12 * 3600 },
  { ...ONE_PHASE, name: 'a fifth', size: { by: 'percent', percent: 20 }, successPercent: 90, soakSeconds: 6 * 3600 },
  { ...ONE_PHASE, name: 'the rest', size: { by: 'rest' }, successPercent: 95 },
];

export const phasesPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** When each phase started, was reached and had soaked, as decided from the successes that come in. */
function drawn(): string {
  const { phases } = played();
  const rows = phases.map(({ spec, total, startedAt, reachedAt }): BarRow => {
    const share = succeededOf(total, hourOf(reachedAt) - hourOf(startedAt));
    const soak = spec.soakSeconds > 0 ? `, soaks ${span(spec.soakSeconds)}` : '';
    const [from, reached] = [hourOf(startedAt), hourOf(reachedAt)];
    const soaked = reached + spec.soakSeconds / 3600;
    return {
      name: `${spec.name}: ${total}`,
      end: `${spec.successPercent} %: ${share} of ${total}${soak}`,
      bars: [
        { from, to: reached, tone: 'open', opacity: 0.25 },
        ...(spec.soakSeconds > 0
          ? [
              {
                from: reached,
                to: soaked,
                tone: 'warn' as const,
                opacity: 0.3,
              },
            ]
          : []),
      ],
    };
  });
  const height = FRAME.top + rows.length * FRAME.row + 60;
  return picture({ width: 860, height, title: TITLE }, [
    text(`${DEVICES} devices in three phases, each started by the one before`, [20, 28], { size: 15, bold: true }),
    ...barRows(rows, FRAME),
    ...phases.flatMap((phase, index) => successes(phase, FRAME.top + index * FRAME.row)),
    text(
      'Blue: the share of a phase that has succeeded, up to its threshold (dot). Orange: soak. The rest may still come: the next',
      [20, height - 28],
      { tone: 'muted', size: 12 },
    ),
    text('phase waits for the threshold and the soak, not for the last device.', [20, height - 12], {
      tone: 'muted',
      size: 12,
    }),
  ]);
}

type Phase = RolloutAggregate['phases'][number];

function successes({ total, startedAt, reachedAt, spec }: Phase, y: number): readonly string[] {
  const [top, bottom] = [y + 8, y + FRAME.row - 8];
  const yOf = (share: number) => bottom - share * (bottom - top);
  const [from, reached] = [hourOf(startedAt), hourOf(reachedAt)];
  const hours = Array.from({ length: 61 }, (_, index) => from + (index / 60) * PHASE_HOURS * 1.02);
  const curve = hours.map((hour): Point => [xIn(FRAME, hour), yOf(succeededOf(total, hour - from) / total)]);
  const share = succeededOf(total, reached - from);
  return [
    area([[xIn(FRAME, from), bottom], ...curve, [xIn(FRAME, hours.at(-1) ?? 0), bottom]], 'open'),
    stroke(curve, { tone: 'open', width: 2 }),
    stroke(
      [
        [xIn(FRAME, from), yOf(spec.successPercent / 100)],
        [xIn(FRAME, reached), yOf(spec.successPercent / 100)],
      ],
      { tone: 'muted', dashed: true },
    ),
    dot([xIn(FRAME, reached), yOf(share / total)], 'open', 4),
  ];
}

/** A canary's devices all succeed; of the larger phases some never do. */
function succeededOf(total: number, hours: number): number {
  const able = total - Math.floor(total * NEVER);
  return Math.floor(able * Math.min(1, Math.max(0, hours) / PHASE_HOURS) ** 0.7 + 1e-9);
}

/** A rollout played by core: it is looked at every ten minutes, and whenever it says that it is to be. */
function played(): RolloutAggregate {
  const sizes = phaseSizes(SPECS, { all: DEVICES, named: new Map() });
  let state = aRollout(SPECS, sizes);
  const started = decideRollout(state, { type: 'start' }, 0);
  if (started.outcome === 'changed') state = started.state;
  for (let at = 0; at <= HOURS * HOUR_MS;) {
    const looked = decideRollout(
      state,
      { type: 'look', counts: countsAt(state, at), firstWindowAt: null, isSweepDue: false },
      at,
    );
    if (looked.outcome === 'changed') state = looked.state;
    const due = nextLook(state, null);
    at = due !== null && due > at ? Math.min(due, at + LOOK_MS) : at + LOOK_MS;
  }
  return state;
}

function countsAt({ phases }: RolloutAggregate, at: number): ReadonlyMap<number, PhaseCounts> {
  return new Map(
    phases.map(({ number, total, startedAt }) => {
      const succeeded = startedAt === null ? 0 : succeededOf(total, (at - startedAt) / HOUR_MS);
      return [number, { open: total - succeeded, succeeded, superseded: 0, canceled: 0 }];
    }),
  );
}

function hourOf(at: number | null): number {
  return at === null ? HOURS : at / HOUR_MS;
}

const EXAMPLES: readonly (readonly [words: string, all: number, sizes: readonly PhaseSpec['size'][]])[] = [
  ['10 %, rest', 3, [{ by: 'percent', percent: 10 }, { by: 'rest' }]],
  ['33.3 %, 33.3 %, 33.3 %', 10, [1, 2, 3].map(() => ({ by: 'percent', percent: 33.3 }))],
  ['5 devices, 50 %, rest', 8, [{ by: 'count', count: 5 }, { by: 'percent', percent: 50 }, { by: 'rest' }]],
  ['ten times 10 %', 1, Array.from({ length: 10 }, () => ({ by: 'percent', percent: 10 }))],
];

function page(): string {
  const { phases } = played();
  const told = phases.map(
    ({ spec, startedAt, reachedAt }) =>
      `${spec.name} starts after ${Math.round(hourOf(startedAt))} h and is reached after ${Math.round(hourOf(reachedAt))} h`,
  );
  const rows = EXAMPLES.map(([words, all, sizes]) => {
    const specs = sizes.map((size) => ({ ...ONE_PHASE, size }));
    return `| ${words} | ${all} | ${phaseSizes(specs, { all, named: new Map() }).join(', ')} |`;
  });
  return `${head(phasesPage, `Three phases over three days: ${told.join('; ')}.`)}
A rollout has one to ${MAX_PHASES} phases. Which devices a phase takes is said by percent of all, by count, by a filter among them, or as the rest. A filter's phase takes
what it names and no earlier one did; the others are a spread sample, the same for the same rollout, fixed when it is made. Percentages are rounded up in sum, so that a small first phase is not
empty; what is left over falls into the last one:

| phases | devices | each gets |
|---|---|---|
${rows.join('\n')}

## Success: when the next phase starts

A phase is **reached** when at least \`successPercent\` of it have succeeded; devices whose update was superseded or canceled do not count. Then it soaks for
\`soakSeconds\` (up to ${span(MAX_SOAK_SECONDS)}), and the next one starts by itself, or with \`next: hand\` when somebody starts it. Devices that are still at work do not hold it up. An empty phase is passed at once.

A phase of which nothing is open and too few succeeded pauses the rollout (\`success-not-reached\`): a person decides. Resuming takes what was reached as enough.
With ${ONE_PHASE.successPercent} %, which is what a phase asks for unless it says less, **one** device that fails for good is too few: the preview tells it once (\`success-needs-all\`) where another phase
is to follow by itself. A canary of some devices may well ask for all; a phase of thousands should not.

## Errors: when it stops

\`error: { percent, minimum }\` is crossed when **more** than that percentage of all its members have erred, and at least the minimum of them: see [what a failure does](what-a-failure-does.md).

## Late-comers, and by hand

With \`dynamic\`, [late-comers](late-comers.md), devices that come to match later join the last phase, and the rollout does not end by itself. \`updraft rollout start-phase\` and \`skip-phase\` do by hand what
else thresholds do; the devices of a skipped phase end as canceled. Thresholds of phases that are not over may be changed while the rollout runs: each change is a revision.
`;
}
