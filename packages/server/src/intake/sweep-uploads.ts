import type { CommandRunner, Schema } from '@updraft/store';
import { openUploadsAmong } from '@updraft/store';
import type { Kysely } from 'kysely';
import type { Commands } from '../use-cases/commands.ts';
import type { Intake } from './intake.ts';

type Sweeping = {
  readonly reader: Kysely<Schema>;
  readonly commands: CommandRunner<Commands>;
  readonly intake: Intake;
};

const FILES_PER_QUERY = 500;

/**
 * Ends uploads that have expired, and removes files that belong to no open upload: those of direct uploads and of ended
 * ones that a crash has left. Files written since `leftBefore` (epoch ms) stay: with several servers on one folder
 * another may be at them.
 */
export async function sweepUploads({ reader, commands, intake }: Sweeping, leftBefore: number): Promise<void> {
  for (;;) {
    const expired = await commands.run('upload.sweep', null);
    for (const uid of expired) await intake.discard(uid);
    if (expired.length === 0) break;
  }
  const leftovers = await intake.leftovers(leftBefore);
  for (let first = 0; first < leftovers.length; first += FILES_PER_QUERY) {
    const some = leftovers.slice(first, first + FILES_PER_QUERY);
    const open = await openUploadsAmong(reader, some);
    for (const uid of some) if (!open.has(uid)) await intake.discard(uid);
  }
}
