import type { Answer, SimulatedDoor } from './door.ts';
import type { Member } from './members.ts';

/** What a device comes to next in an update; `attempt` and `assignment` are those that it works at. */
export type Stage = {
  readonly stage: 'poll' | 'downloaded' | 'installed' | 'booted';
  readonly attempt: number;
  readonly assignment: number;
  readonly version: string;
};
/** What follows: another stage after so long, its next poll, or nothing ever. */
export type Next = { readonly after: number; readonly stage: Stage } | 'poll' | 'silence';

/** How a device's next stages go, as SWUpdate would; a liar speaks as another client does. */
export type Fate = { readonly fails: boolean };

/** Begins what a poll was offered: says so, and takes the first bytes. */
export async function begin(
  door: SimulatedDoor,
  member: Member,
  work: Answer['work'] & { kind: 'offer' },
): Promise<Next> {
  const { attempt, one } = work;
  await door.noteRetrieval(member, one.id);
  if (member.kind !== 'liar' && !(await door.report(member, attempt, 'start'))) return 'poll';
  await door.bytes(member, one.id, 'first-byte');
  if (member.kind === 'silent') return 'silence';
  const stage = { stage: 'downloaded', attempt, assignment: one.id, version: one.release.version } as const;
  return { after: member.downloadMs, stage };
}

export async function goOn(door: SimulatedDoor, member: Member, stage: Stage, { fails }: Fate): Promise<Next> {
  const { attempt, assignment } = stage;
  switch (stage.stage) {
    case 'poll':
      return 'poll';
    case 'downloaded': {
      const { work } = await door.poll(member);
      if (work.kind === 'cancel' && work.attempt === attempt) {
        await door.acknowledgeCancel(member, attempt);
        return 'poll';
      }
      await door.bytes(member, assignment, 'all-bytes');
      return { after: member.installMs, stage: { ...stage, stage: 'installed' } };
    }
    case 'installed':
      return installed(door, member, stage, fails);
    case 'booted':
      return booted(door, member, stage, fails);
  }
}

async function installed(door: SimulatedDoor, member: Member, stage: Stage, fails: boolean): Promise<Next> {
  if (fails || member.kind === 'install-fails') {
    await door.report(member, stage.attempt, 'installFailed');
    return 'poll';
  }
  await door.report(member, stage.attempt, member.kind === 'liar' ? 'earlySuccess' : 'installed');
  return { after: member.rebootMs, stage: { ...stage, stage: 'booted' } };
}

/** The restarted client asks what is on offer, and credits the result of its boot to that. */
async function booted(door: SimulatedDoor, member: Member, stage: Stage, _fails: boolean): Promise<Next> {
  const isOld = member.kind === 'liar' || member.kind === 'boot-loop';
  if (!isOld) member.belief.version = stage.version;
  const { work } = await door.poll(member);
  if (member.kind !== 'liar' && work.kind === 'offer')
    await door.report(member, work.attempt, member.kind === 'boot-loop' ? 'bootFailed' : 'success');
  if (work.kind === 'cancel') await door.acknowledgeCancel(member, work.attempt);
  return 'poll';
}
