import type { CommandContext, CommandMap } from '@updraft/store';
import { sql, type KyselyPlugin } from 'kysely';
import { commands as real } from '../../src/use-cases/commands.ts';
import { Fuse } from './fuse.ts';

/** The server's commands in a process that kills itself at a statement; also before and after a commit. */
const fuse = new Fuse(Number(process.env['UPDRAFT_TEST_KILL_AT'] ?? Number.POSITIVE_INFINITY));

const plugin: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  // Behind each statement: those that were compiled before pass by the other.
  transformResult: ({ result }) => {
    fuse.step();
    return Promise.resolve(result);
  },
};

type AnyCommand = (context: CommandContext, input: never) => Promise<unknown>;

function deadly(command: AnyCommand): AnyCommand {
  return async (context, input) => {
    const output = await command({ ...context, db: context.db.withPlugin(plugin) }, input);
    fuse.step();
    context.afterCommit(() => fuse.step());
    return output;
  };
}

const trial = {
  'trial.run': async ({ db }: CommandContext, { text }: { readonly text: string }): Promise<void> => {
    await sql.raw(text).execute(db);
  },
  /** How often it could have died since the stage began. */
  'trial.steps': () => Promise.resolve(fuse.steps),
  'trial.begin': (_context: CommandContext, { isLit }: { readonly isLit: boolean }) =>
    Promise.resolve(fuse.begin(isLit)),
} satisfies CommandMap;

const deadlyOnes = Object.fromEntries(Object.entries(real).map(([name, command]) => [name, deadly(command)]));

export type DeadlyCommands = typeof real & typeof trial;
export const commands = { ...deadlyOnes, ...trial } as DeadlyCommands;
