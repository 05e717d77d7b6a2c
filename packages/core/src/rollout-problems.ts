import type { Instant } from './attempt.ts';
import { phaseProblems, type PhaseFacts } from './phase-problems.ts';
import type { PhaseSpec } from './phase-spec.ts';
import type { RolloutPolicy } from './policy.ts';
import { devicesText, refused, warned, type RolloutProblem } from './rollout-problem.ts';
import { checkWindowPlan, type WindowProblem } from './windows/check-window-plan.ts';

/** What somebody asks for before it is made. */
export type RolloutDraft = {
  readonly filter: string;
  readonly phases: readonly PhaseSpec[];
  readonly policy: RolloutPolicy;
  /** Whether it was also asked to start at once, whatever its policy says. */
  readonly startsAtOnce?: boolean;
};

/** What is known of the fleet that a draft would be brought to. */
export type DraftFacts = PhaseFacts & {
  /** Of the devices that the filter names, those in service and of a type that the release is for. */
  readonly compatible: number;
  /** From the installation to its end, the fastest that this fleet was seen to do; null: none was seen. */
  readonly shortestInstallSeconds: number | null;
  /** Why a return to the previous release could not be: device types that refuse a downgrade, by what they run. */
  readonly returnObstacles: readonly ReturnObstacle[];
  /** Devices of which it is not known what they run, where a return is asked for. */
  readonly returnUnknown: number;
  /** Whether the tenant names an attribute in which devices tell their site. */
  readonly isSiteTold: boolean;
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

/** Everything that makes a draft impossible or surprising, in the order of its parts; empty: go ahead. */
export function rolloutProblems(draft: RolloutDraft, facts: DraftFacts, now: Instant): readonly RolloutProblem[] {
  return [
    ...filterProblems(draft, facts),
    ...phaseProblems(draft.phases, facts),
    ...(draft.startsAtOnce === true && draft.policy.start.by !== 'ready' ? [startTwice()] : []),
    ...timeProblems(draft.policy, now),
    ...limitProblems(draft.policy, facts),
    ...retryProblems(draft.policy),
    ...siteProblems(draft.policy, facts),
    ...windowProblems(draft.policy, facts, now),
    ...(draft.policy.onFailure === 'return'
      ? [...returnProblems(facts.returnObstacles), ...unknownProblems(facts)]
      : []),
  ];
}

function filterProblems({ policy }: RolloutDraft, { matched, compatible }: DraftFacts): RolloutProblem[] {
  if (matched === 0) {
    const hint = policy.dynamic
      ? 'devices that come to match will join. Change it if it should name some now'
      : 'change the filter, or make it dynamic';
    const told = policy.dynamic ? warned : refused;
    return [told('filter-matches-nothing', 'filter', `The filter names no device; ${hint}.`)];
  }
  if (compatible === 0)
    return [
      refused(
        'release-incompatible',
        'release',
        `The filter names ${devicesText(matched)}, of which none is in service and of a type that the release is for; choose another release or filter.`,
      ),
    ];
  if (compatible === matched) return [];
  const left = matched - compatible;
  const message = `${left} of ${devicesText(matched)} ${left === 1 ? 'is' : 'are'} left out: out of service, or of a type that the release is not for. Have the filter name only those that are meant, or choose a release for all of them.`;
  return [warned('some-incompatible', 'filter', message)];
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
        `${instantText(action.forcedAt)} lies in the past, so that it is forced from the start; make it forced, or choose a later time.`,
      ),
    );
  return found;
}

function limitProblems({ timeLimits }: RolloutPolicy, { shortestInstallSeconds }: DraftFacts): RolloutProblem[] {
  const limit = timeLimits.installingSeconds;
  if (shortestInstallSeconds === null || limit >= shortestInstallSeconds) return [];
  const message = `An installation has ${limit} s; the shortest seen took ${Math.ceil(shortestInstallSeconds)}, so that every device would time out. Give it more.`;
  return [warned('limit-under-install', 'policy.timeLimits.installingSeconds', message)];
}

function retryProblems({ retries: { limit, firstSeconds, capSeconds } }: RolloutPolicy): RolloutProblem[] {
  if (limit === 0 || capSeconds >= firstSeconds) return [];
  const message = `The first retry is to wait ${firstSeconds} s, and none longer than ${capSeconds} s, so that all wait the shorter. Have the first wait less, or allow more.`;
  return [warned('retry-cap-under-wait', 'policy.retries.capSeconds', message)];
}

function siteProblems({ pace }: RolloutPolicy, { isSiteTold }: DraftFacts): RolloutProblem[] {
  if (pace.perSite === null || isSiteTold) return [];
  const message =
    'No device tells its site, so that this limit holds nobody back. Name the attribute in which devices tell it (settings: site attribute), or limit how many are at work in all.';
  return [warned('no-site-told', 'policy.pace.perSite', message)];
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
    found.push(
      warned(
        'windows-ignored',
        'policy.emergency',
        'An emergency ignores windows and blackouts; leave them out, or make it no emergency.',
      ),
    );
  return found;
}

/** Where `found` describes what was given; elsewhere it is what was given, word by word. */
const DESCRIBED: ReadonlySet<WindowProblem['code']> = new Set([
  'window-overlaps-itself',
  'windows-open-too-often',
  'too-many-windows',
  'plan-never-opens',
  'opens-late',
] as const);

function ofWindow({ code, severity, where, at, found, expected }: WindowProblem): RolloutProblem {
  const place = at === null ? '' : ` at character ${at + 1}`;
  const path = `policy.windows.${where.replaceAll(/\[(\d+)\]/g, '.$1')}`;
  const words = DESCRIBED.has(code) ? found : `"${found}"`;
  const message = `Found ${words}${place}; expected ${expected}${expected.endsWith('?') ? '' : '.'}`;
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

function unknownProblems({ returnUnknown }: DraftFacts): RolloutProblem[] {
  if (returnUnknown === 0) return [];
  const message = `It is not known what ${devicesText(returnUnknown)} run, so that a return leaves them as they are. Give them a release that is known here first, or have a failure pause the rollout.`;
  return [warned('return-leaves-unknown', 'policy.onFailure', message)];
}

function obstacleText({ type, running, devices: count, isWithdrawn, isLeftOut }: ReturnObstacle): string {
  const devices = `${devicesText(count)} ${type === '' ? 'without a type' : `of type ${type}`}`;
  const left = isLeftOut ? '; they are left out unless you' : ':';
  if (isWithdrawn)
    return `${devices} would go back to ${running}, which is withdrawn${left} publish the same content again.`;
  const allow =
    type === '' ? 'give them a type that allows a downgrade' : `allow it (device type ${type}: downgrade allowed)`;
  return `${devices} may not go back to ${running}: ${allow}, or publish the same content again under a higher version.`;
}
