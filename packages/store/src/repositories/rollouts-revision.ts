import type { CommandContext } from '../command.ts';

/** Something that gates read has changed in the tenant: what its devices were answered is answered no more. */
export async function bumpRolloutsRevision(context: CommandContext, tenant: number): Promise<void> {
  await context.db
    .updateTable('tenant')
    .set((eb) => ({ rollouts_revision: eb('rollouts_revision', '+', 1) }))
    .where('id', '=', tenant)
    .execute();
  context.touch({ tenant });
}
