import type { CommandContext } from './command.ts';

/**
 * Takes the lease `name` for `owner` until `milliseconds` from now by the database's clock, or renews it; false where
 * another owner holds it. One that would last longer than twice that was taken while the clock was ahead: it is over. A lease says who does a job, it does not fence what that one writes: guard that by revisions.
 */
export async function acquireLease(
  { db, now }: CommandContext,
  lease: { readonly name: string; readonly owner: string; readonly milliseconds: number },
): Promise<boolean> {
  const row = { name: lease.name, owner: lease.owner, expires_at: now + lease.milliseconds };
  const taken = await db
    .insertInto('lease')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ owner: row.owner, expires_at: row.expires_at })
        .where((eb) =>
          eb.or([
            eb('lease.owner', '=', row.owner),
            eb('lease.expires_at', '<=', now),
            eb('lease.expires_at', '>', now + 2 * lease.milliseconds),
          ]),
        ),
    )
    .returning('owner')
    .executeTakeFirst();
  return taken !== undefined;
}

/** Gives a lease back before its time; does nothing where it is somebody else's by now. */
export async function releaseLease({ db }: CommandContext, name: string, owner: string): Promise<void> {
  await db.deleteFrom('lease').where('name', '=', name).where('owner', '=', owner).execute();
}
