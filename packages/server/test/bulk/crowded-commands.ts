import { completePolicy, ONE_PHASE } from '@updraft/core';
import { changeRollout, insertDevice, insertRollout, startPhase, type CommandContext } from '@updraft/store';
import { sql } from 'kysely';
import { joiningCommands } from '../../src/use-cases/joining-commands.ts';
import { addRelease, addTenant } from './bulk-commands.ts';

export type CrowdedFleet = { readonly devices: number; readonly most: number };

/** Devices that have as many assignments as they may have, all ended, and a rollout that they are to join. */
export const commands = {
  ...joiningCommands,
  'crowded.prepare': async (context: CommandContext, { devices, most }: CrowdedFleet): Promise<number> => {
    const tenant = await addTenant(context);
    const release = await addRelease(context, tenant);
    for (let at = 0; at < devices; at += 1)
      await insertDevice(context, { tenant, name: `gw-${at}`, type: null, description: '', tokenHash: null });
    await sql`insert into rollout (uid, tenant, kind, name, name_fold, description, release, filter, state, weight, policy,
        planned, created_at, created_by, maker)
      with recursive past (n) as (select 1 union all select n + 1 from past where n < ${sql.lit(most)})
      select 'past-' || n, ${tenant}, 'rollout', 'past-' || n, 'past-' || n, '', ${release}, '', 'finished', 1, '{}', 1, 0, '', ''
      from past`.execute(context.db);
    await sql`insert into assignment (tenant, device, rollout, phase, number, state, created_at, ended_at)
      select device.tenant, device.id, rollout.id, 1, rollout.id * 1000 + device.id, 'failed', 0, 0
      from device cross join rollout where device.tenant = ${tenant} and rollout.tenant = ${tenant}`.execute(
      context.db,
    );
    const made = await insertRollout(context, {
      tenant,
      kind: 'rollout',
      name: 'now',
      description: '',
      release,
      filter: '',
      weight: 1,
      policy: completePolicy({ dynamic: true }),
      phases: [ONE_PHASE],
      quota: { most, removedPercent: 100 },
      createdBy: { actor: 'test', maker: 'test' },
    });
    if (made === undefined) throw new Error('the rollout has no name of its own');
    await changeRollout(context, made, { state: 'running', started_at: context.now, join_at: context.now });
    await startPhase(context, { rollout: made.id, number: 1 }, context.now);
    return made.id;
  },
  'crowded.members': async ({ db }: CommandContext, { rollout }: { readonly rollout: number }): Promise<number> => {
    const rows = await db.selectFrom('assignment').select('id').where('rollout', '=', rollout).execute();
    return rows.length;
  },
};
