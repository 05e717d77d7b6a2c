import type { ApiClient } from '@updraft/protocols';
import { CAST, type Role } from './cast.ts';
import { stateOf, type DemoAssignment } from './progress.ts';
import type { Stage } from './stage.ts';
import type { DemoTimeLimits } from './time-limits.ts';

type Ending = {
  readonly assignments: ReadonlyMap<string, DemoAssignment>;
  readonly release: string;
  readonly timeLimits: DemoTimeLimits;
  readonly signal: AbortSignal;
};

/**
 * Says what happened, and for every device that did not make it why. Gives what differs from the story, one sentence for
 * each device; empty where it came out as told.
 */
export async function tellVerdict(api: ApiClient, stage: Stage, ending: Ending): Promise<readonly string[]> {
  const { assignments, release } = ending;
  const others = CAST.filter(({ name }) => stateOf(assignments.get(name)) !== 'succeeded');
  const succeeded = CAST.length - others.length;
  stage.say(`${succeeded} of ${CAST.length} devices run ${release}: each came back and showed that version itself.`);
  for (const { name } of others) {
    const assignment = assignments.get(name);
    const why = assignment === undefined ? 'No assignment was made for it.' : await whyOf(api, assignment, ending);
    stage.say('');
    stage.say(`  ${name}  ${stateOf(assignment)}${codeOf(assignment)}`);
    stage.say(`         ${why}`);
  }
  return CAST.flatMap((role) => differences(role, assignments.get(role.name)));
}

/** Why an assignment has not succeeded: an open one by its gates, an ended one by its reason and the device's last words. */
async function whyOf(
  api: ApiClient,
  assignment: DemoAssignment,
  { timeLimits, signal }: Pick<Ending, 'timeLimits' | 'signal'>,
): Promise<string> {
  const { device, reason, endedAt, number } = assignment;
  if (endedAt === null) return (await api.call('devices.why', { params: { device }, signal })).summary;
  const { items } = await api.call('assignments.reports', { params: { number }, query: { limit: 500 }, signal });
  const words = items.findLast(({ details }) => details.length > 0)?.details ?? [];
  const said = words.length === 0 ? 'nothing' : words.map((word) => `"${word}"`).join(' ');
  const { attributes } = await api.call('devices.show', { params: { device }, signal });
  const shows = attributes['version'] ?? 'no version';
  switch (reason) {
    case 'booted-old-version':
      return `It said ${said} and came back with ${shows}. The new version did not show in ${timeLimits.awaitingEvidenceSeconds} s, so it is not done.`;
    case 'silence-limit':
      return `It was not heard of for ${timeLimits.silenceSeconds} s, the limit of this rollout. It last said ${said}.`;
    default:
      return `It runs ${shows} and said ${said}.`;
  }
}

/** Beside the state stands the reason, where it says more; the device's words are told below it. */
function codeOf(assignment: DemoAssignment | undefined): string {
  const reason = assignment?.reason ?? null;
  return reason === null || reason === stateOf(assignment) ? '' : `: ${reason}`;
}

function differences({ name, ends }: Role, assignment: DemoAssignment | undefined): string[] {
  const state = stateOf(assignment);
  const { reason = null, message = null } = assignment ?? {};
  const saysAsTold = ends.message === null ? message === null : message?.includes(ends.message);
  if (state === ends.state && reason === ends.reason && saysAsTold) return [];
  const told = `${state} (${reason ?? 'no reason'}, ${message ?? 'no words'})`;
  const expected = `${ends.state} (${ends.reason ?? 'no reason'}, ${ends.message ?? 'no words'})`;
  return [`${name} is ${told}, and should be ${expected}.`];
}
