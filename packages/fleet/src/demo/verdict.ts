import type { ApiClient } from '@updraft/protocols';
import { CAST, type Role } from './cast.ts';
import { stateOf, type DemoAssignment } from './progress.ts';
import type { Stage } from './stage.ts';

/**
 * Says what happened, and for every device that did not make it why: by its assignment, its last words and the gates.
 * Gives what differs from the story, one sentence for each device; empty where it came out as told.
 */
export async function tellVerdict(
  api: ApiClient,
  stage: Stage,
  { assignments, release, signal }: Ending,
): Promise<readonly string[]> {
  const succeeded = CAST.filter(({ name }) => stateOf(assignments.get(name)) === 'succeeded');
  const others = CAST.filter((role) => !succeeded.includes(role));
  stage.say(
    `${succeeded.length} of ${CAST.length} devices run ${release}: each came back and showed that version itself.`,
  );
  for (const role of others) await tellWhy(api, stage, { role, assignment: assignments.get(role.name), signal });
  return CAST.flatMap((role) => differences(role, assignments.get(role.name)));
}

type Ending = {
  readonly assignments: ReadonlyMap<string, DemoAssignment>;
  readonly release: string;
  readonly signal: AbortSignal;
};
type One = { readonly role: Role; readonly assignment: DemoAssignment | undefined; readonly signal: AbortSignal };

async function tellWhy(api: ApiClient, stage: Stage, { role, assignment, signal }: One): Promise<void> {
  const { name, remark } = role;
  stage.say('');
  stage.say(
    `  ${name} ${stateOf(assignment)}${assignment?.reason ? `, ${assignment.reason}` : ''} (it ${remark ?? 'should be good'})`,
  );
  const { summary } = await api.call('devices.why', { params: { device: name }, signal });
  stage.say(`        why:  ${summary}`);
  if (assignment === undefined) return;
  const { items } = await api.call('assignments.reports', { params: { number: assignment.number }, signal });
  const words = items.findLast(({ details }) => details.length > 0)?.details;
  if (words !== undefined) stage.say(`        it last said:  ${words.map((word) => `"${word}"`).join(', ')}`);
  const { attributes } = await api.call('devices.show', { params: { device: name }, signal });
  stage.say(`        its version:  ${attributes['version'] ?? 'unknown'}`);
}

function differences({ name, ends }: Role, assignment: DemoAssignment | undefined): string[] {
  const state = stateOf(assignment);
  const reason = assignment?.reason ?? null;
  if (state === ends.state && reason === ends.reason) return [];
  return [
    `${name} is ${state} (${reason ?? 'no reason'}), and the story has it ${ends.state} (${ends.reason ?? 'no reason'})`,
  ];
}
