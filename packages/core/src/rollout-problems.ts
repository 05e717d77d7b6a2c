import type { Instant } from './attempt.ts';
import type { PhaseSpec } from './phase-spec.ts';
import type { RolloutPolicy } from './policy.ts';
import { checkWindowPlan, type WindowProblem, type WindowProblemCode } from './windows/check-window-plan.ts';

/** What somebody asks for before it is made. */
export type RolloutDraft = {
  readonly filter: string;
  readonly phases: readonly PhaseSpec[];
  readonly policy: RolloutPolicy;
  /** Whether it was also asked to start at once, whatever its policy says. */
  readonly startsAtOnce?: boolean;
};

/** What is known of the fleet that a draft would be brought to. */
export type DraftFacts = {
  /** Devices that the filter names. */
  readonly matched: number;
  /** Of those, devices in service and of a type that the release is for. */
  readonly compatible: number;
  /** Devices that each phase would get, in order. */
  readonly phaseTotals: readonly number[];
  /** From the installation to its end, the fastest that this fleet was seen to do; null: none was seen. */
  readonly shortestInstallSeconds: number | null;
  /** Why a return to the previous release could not be: device types that refuse a downgrade, by what they run. */
  readonly returnObstacles: readonly ReturnObstacle[];
};

/** Devices of `type` ('': of none) run `running`, to which they may not go back, or which is withdrawn. */
export type ReturnObstacle = {
  readonly type: string;
  readonly running: string;
  readonly devices: number;
  readonly isWithdrawn: boolean;
  /** Whether these devices stay behind while others go back; else nobody goes back before it is out of the way. */
  readonly isLeftOut: boolean;
};

export type RolloutProblemCode =
  | 'filter-matches-nothing'
  | 'release-incompatible'
  | 'some-incompatible'
  | 'percent-over-100'
  | 'count-over-matched'
  | 'phase-empty'
  | 'error-threshold-without-minimum'
  | 'error-minimum-over-phase'
  | 'success-needs-all'
  | 'start-in-the-past'
  | 'start-twice'
  | 'forced-at-in-the-past'
  | 'no-window-to-start-in'
  | 'windows-ignored'
  | 'return-impossible'
  | 'return-leaves-out'
  | WindowProblemCode;

/** `refused`: it cannot be meant. `warned`: it can be, and surprises. `path` names the part of the draft, as the API writes it. */
export type RolloutProblem = {
  readonly code: RolloutProblemCode;
  readonly path: string;
  readonly severity: 'refused' | 'warned';
  /** What is wrong, and what to change. */
  readonly message: string;
};

/** Everything that makes a draft impossible or surprising, in the order of its parts; empty: go ahead. */
export function rolloutProblems(draft: RolloutDraft, facts: DraftFacts, now: Instant): readonly RolloutProblem[] {
  return [
    ...filterProblems(draft, facts),
    ...phaseProblems(draft.phases, facts),
    ...(draft.startsAtOnce === true && draft.policy.start.by !== 'ready' ? [startTwice()] : []),
    ...timeProblems(draft.policy, now),
    ...windowProblems(draft.policy, facts, now),
    ...(draft.policy.onFailure === 'return' ? returnProblems(facts.returnObstacles) : []),
  ];
}

function filterProblems({ policy }: RolloutDraft, { matched, compatible }: DraftFacts): RolloutProblem[] {
  if (matched === 0) {
    const severity = policy.dynamic ? 'warned' : 'refused';
    const hint = policy.dynamic ? 'devices that come to match will join' : 'change the filter, or make it dynamic';
    return [problem('filter-matches-nothing', 'filter', severity, `The filter names no device; ${hint}.`)];
  }
  if (compatible === 0)
    return [
      refused(
        'release-incompatible',
        'release',
        `None of the ${matched} devices is in service and of a type that the release is for; choose another release or filter.`,
      ),
    ];
  if (compatible === matched) return [];
  const left = matched - compatible;
  const message = `${left} of ${matched} devices are out of service, or of a type that the release is not for; they are left out.`;
  return [warned('some-incompatible', 'filter', message)];
}

function phaseProblems(phases: readonly PhaseSpec[], facts: DraftFacts): RolloutProblem[] {
  const percent = phases.reduce((sum, { size }) => sum + (size.by === 'percent' ? size.percent : 0), 0);
  const counted = phases.reduce((sum, { size }) => sum + (size.by === 'count' ? size.count : 0), 0);
  const found = phases.flatMap((phase, index) => onePhase(phase, index, facts));
  if (percent > 100)
    found.push(
      refused('percent-over-100', 'phases', `The phases take ${percent} % together; at most 100 % are there.`),
    );
  if (facts.matched > 0 && counted > facts.matched)
    found.push(
      warned(
        'count-over-matched',
        'phases',
        `The phases take ${counted} devices together; the filter names ${facts.matched}.`,
      ),
    );
  return [...found, ...successProblems(phases, facts)];
}

/** The first phase that one device can hold up for all behind it; told once, as it is what phases say if nothing is said. */
function successProblems(phases: readonly PhaseSpec[], { phaseTotals }: DraftFacts): RolloutProblem[] {
  const index = phases.findIndex(
    ({ successPercent, next }, at) =>
      at < phases.length - 1 && successPercent === 100 && next === 'automatic' && (phaseTotals[at] ?? 0) > 0,
  );
  if (index === -1) return [];
  const message = `Phase ${index + 1} is reached when all of its devices have succeeded: one that fails for good makes the next phase wait for a person. Ask for less than 100 % if the rollout is to go on by itself.`;
  return [warned('success-needs-all', `phases.${index}.successPercent`, message)];
}

function onePhase({ size, error }: PhaseSpec, index: number, { matched, phaseTotals }: DraftFacts): RolloutProblem[] {
  const total = phaseTotals[index] ?? 0;
  const found: RolloutProblem[] = [];
  if (size.by !== 'rest' && total === 0 && matched > 0)
    found.push(
      warned('phase-empty', `phases.${index}.size`, `Phase ${index + 1} gets no device, and is passed at once.`),
    );
  if (error !== null && error.minimum < 1)
    found.push(
      refused(
        'error-threshold-without-minimum',
        `phases.${index}.error.minimum`,
        `Say how many errors it takes at least: with none, one failure of a small phase would cross ${error.percent} %.`,
      ),
    );
  if (error !== null && total > 0 && error.minimum > total)
    found.push(
      warned(
        'error-minimum-over-phase',
        `phases.${index}.error.minimum`,
        `Phase ${index + 1} has ${total} devices, so that ${error.minimum} errors can never be; its threshold never fires.`,
      ),
    );
  return found;
}

function startTwice(): RolloutProblem {
  return refused(
    'start-twice',
    'start',
    'It is asked to start at once, and by a rule of its own; leave one of them out.',
  );
}

function timeProblems({ start, action }: RolloutPolicy, now: Instant): RolloutProblem[] {
  const found: RolloutProblem[] = [];
  if (start.by === 'time' && start.at <= now)
    found.push(
      refused(
        'start-in-the-past',
        'policy.start.at',
        `${instantText(start.at)} lies in the past; start it by hand or later.`,
      ),
    );
  if (action.kind === 'time-forced' && action.forcedAt <= now)
    found.push(
      warned(
        'forced-at-in-the-past',
        'policy.action.forcedAt',
        `${instantText(action.forcedAt)} lies in the past: it is forced from the start.`,
      ),
    );
  return found;
}

function instantText(at: Instant): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString();
}

function windowProblems(policy: RolloutPolicy, facts: DraftFacts, now: Instant): RolloutProblem[] {
  const { windows, start, emergency } = policy;
  const { shortestInstallSeconds } = facts;
  const found = checkWindowPlan(windows, { zone: windows.zone, now, shortestInstallSeconds }).map(ofWindow);
  if (start.by === 'first-window' && windows.windows.length === 0)
    found.push(refused('no-window-to-start-in', 'policy.start', 'There is no window to start with; name one.'));
  if (emergency && windows.windows.length + windows.blackouts.length > 0)
    found.push(warned('windows-ignored', 'policy.emergency', 'An emergency ignores windows and blackouts.'));
  return found;
}

function ofWindow({ code, severity, where, at, found, expected }: WindowProblem): RolloutProblem {
  const place = at === null ? '' : ` at character ${at + 1}`;
  const path = `policy.windows.${where.replaceAll(/\[(\d+)\]/g, '.$1')}`;
  const message = `Found "${found}"${place}; expected ${expected}.`;
  return { code, path, severity: severity === 'error' ? 'refused' : 'warned', message };
}

/** Why devices cannot go back to what they run or ran. */
export function returnProblems(obstacles: readonly ReturnObstacle[]): readonly RolloutProblem[] {
  return obstacles.map((obstacle) =>
    obstacle.isLeftOut
      ? warned('return-leaves-out', 'policy.onFailure', obstacleText(obstacle))
      : refused('return-impossible', 'policy.onFailure', obstacleText(obstacle)),
  );
}

function obstacleText({ type, running, devices: count, isWithdrawn, isLeftOut }: ReturnObstacle): string {
  const devices = `${count} devices ${type === '' ? 'without a type' : `of type ${type}`}`;
  const left = isLeftOut ? '; they are left out unless you' : ':';
  if (isWithdrawn)
    return `${devices} would go back to ${running}, which is withdrawn${left} publish the same content again.`;
  return `${devices} may not go back to ${running}: allow it (device type ${type}: downgrade allowed), or publish the same content again under a higher version.`;
}

function problem(
  code: RolloutProblemCode,
  path: string,
  severity: RolloutProblem['severity'],
  message: string,
): RolloutProblem {
  return { code, path, severity, message };
}

function refused(code: RolloutProblemCode, path: string, message: string): RolloutProblem {
  return problem(code, path, 'refused', message);
}

function warned(code: RolloutProblemCode, path: string, message: string): RolloutProblem {
  return problem(code, path, 'warned', message);
}
