import { fold } from '@updraft/core';
import { sql } from 'kysely';
import type { CommandContext } from '../../src/command.ts';
import { acquireLease, releaseLease } from '../../src/lease.ts';
import { appendEvent } from '../../src/outbox/append-event.ts';
import { insertRevision, lastMoveOf } from '../../src/repositories/rollout-revision-repository.ts';
import { nextWireId } from '../../src/repositories/wire-ids.ts';
import { newUid } from '../../src/uid.ts';
import { retriedOnRace } from '../../src/writer/unique-race.ts';
import { addHotFixture } from '../hot-fixture.ts';
import { hotStatements } from '../hot-statements.ts';
import { addRandomFleet } from './random-fleet.ts';

export type TrialDevice = {
  readonly name: string;
  readonly site: string;
  readonly created: number;
  readonly attributes: Readonly<Record<string, string>>;
};

/** Commands that exercise the writer; the contract suite runs them on both databases. */
export const commands = {
  'tenant.add': async (context: CommandContext, { name }: { name: string }): Promise<number> => {
    const row = await context.db
      .insertInto('tenant')
      .values({
        uid: newUid(context.now),
        name,
        name_fold: name.toLowerCase(),
        poll_interval_seconds: 300,
        signing_policy: 'off',
        target_tokens: 1,
        gateway_tokens: 0,
        created_at: context.now,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    context.touch({ tenant: row.id });
    return row.id;
  },
  'tenant.count': async ({ db }: CommandContext, { tenant, by }: { tenant: number; by: number }): Promise<number> => {
    const row = await db
      .updateTable('tenant')
      .set((eb) => ({ rollouts_revision: eb('rollouts_revision', '+', by) }))
      .where('id', '=', tenant)
      .returning('rollouts_revision')
      .executeTakeFirstOrThrow();
    return row.rollouts_revision;
  },
  'tenant.count-then-throw': async (context: CommandContext, { tenant }: { tenant: number }): Promise<never> => {
    await context.db.updateTable('tenant').set({ rollouts_revision: 999 }).where('id', '=', tenant).execute();
    context.touch({ tenant });
    throw Object.assign(new Error('on purpose'), { code: 'on-purpose' });
  },
  'event.append': async (
    context: CommandContext,
    { tenant, name }: { tenant: number; name: string },
  ): Promise<string> => {
    const subject = { kind: 'tenant', id: String(tenant) };
    await appendEvent(context, { tenant, name, actor: null, subject, data: { name } });
    return name;
  },
  /** Looks first and makes the tenant where there is none: two at once race for its name. */
  'tenant.ensure': async (context: CommandContext, { name }: { name: string }): Promise<number> => {
    const known = await context.db.selectFrom('tenant').select('id').where('name_fold', '=', name).executeTakeFirst();
    return known?.id ?? retriedOnRace(() => commands['tenant.add'](context, { name }));
  },
  'hot.prepare': (context: CommandContext): Promise<void> => addHotFixture(context),
  /** Often enough that its statements come to be prepared, and always undone. */
  'hot.run': async (context: CommandContext, { name }: { name: string }): Promise<never> => {
    const hot = hotStatements.find((each) => each.name === name);
    await hot?.run(context);
    throw Object.assign(new Error('undone'), { code: 'undone-on-purpose' });
  },
  /** Of a rollout that was changed before and after it was moved; the record of the move names a phase first. */
  'revision.last-move': async (context: CommandContext): Promise<number | undefined> => {
    await addHotFixture(context);
    const by = { rollout: 1, actor: 'a', maker: 'a' };
    const paused = { 'phases.1.state': { before: 'waiting' }, state: { before: 'running', after: 'paused' } };
    await insertRevision(context, { ...by, revision: 100, change: { state: 'a name that is no move' } });
    await insertRevision(context, { ...by, revision: 101, change: paused, moved_to: 'paused' });
    await insertRevision(context, { ...by, revision: 102, change: { state: { before: 1, after: 2 } } });
    return (await lastMoveOf(context.db, 1))?.revision;
  },
  'sql.run': async ({ db }: CommandContext, { text }: { text: string }): Promise<unknown> => {
    const { rows } = await sql.raw(text).execute(db);
    return rows;
  },
  'half.divide': async ({ db }: CommandContext, { by }: { by: number }): Promise<number | undefined> => {
    const { rows } = await sql<{ n: number }>`select 7 / ${by} as n`.execute(db);
    return rows[0]?.n;
  },
  'lease.acquire': (context: CommandContext, input: { owner: string; milliseconds: number }): Promise<boolean> =>
    acquireLease(context, { name: 'trial', ...input }),
  'lease.release': (context: CommandContext, { owner }: { owner: string }): Promise<void> =>
    releaseLease(context, 'trial', owner),
  'wire-id.next': (context: CommandContext, { tenant }: { tenant: number }): Promise<number> =>
    nextWireId(context, tenant),
  'wire-id.next-then-throw': async (context: CommandContext, { tenant }: { tenant: number }): Promise<never> => {
    await nextWireId(context, tenant);
    throw Object.assign(new Error('on purpose'), { code: 'on-purpose' });
  },
  'fleet.add': addRandomFleet,
  'device.add-many': async (
    { db, now }: CommandContext,
    { tenant, devices }: { tenant: number; devices: readonly TrialDevice[] },
  ): Promise<void> => {
    for (const { name, site, created, attributes } of devices) {
      const { id } = await db
        .insertInto('device')
        .values({
          tenant,
          name,
          name_fold: fold(name),
          description: '',
          type: null,
          parent: null,
          site,
          identity: 'accepted',
          running_release_id: null,
          assignment_id: null,
          created_at: created,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      for (const [key, value] of Object.entries(attributes))
        await db
          .insertInto('device_attribute')
          .values({ device: id, tenant, key, value, value_fold: fold(value), reported_at: now })
          .execute();
    }
  },
  'artifact.add': async (
    { db, now }: CommandContext,
    { tenant, sha256 }: { tenant: number; sha256: string },
  ): Promise<void> => {
    const file = { filename: 'a', filename_fold: 'a', size: 1, sha256, sha1: '', md5: '', kind: 'other' } as const;
    const verdict = { signature: 'unsigned', reason: null, signers: '[]', inspection: '{}' } as const;
    await db
      .insertInto('artifact')
      .values({ uid: newUid(now), tenant, ...file, ...verdict, created_at: now, created_by: 'test' })
      .execute();
  },
  /** Ends the transaction behind the writer's back, as SQLite does by itself on an I/O error. */
  'transaction.lose': async ({ db }: CommandContext): Promise<void> => {
    await sql`rollback`.execute(db);
  },
  /** Commits when another event, which is `awaited`, has its position. */
  'event.append-slowly': async (
    context: CommandContext,
    { tenant, name, awaited }: { tenant: number; name: string; awaited: string },
  ): Promise<void> => {
    await commands['event.append'](context, { tenant, name });
    const placed = context.db
      .selectFrom('event')
      .select('id')
      .where('name', '=', awaited)
      .where('position', 'is not', null);
    while ((await placed.executeTakeFirst()) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  },
  /** As a server that is stopped amid a transaction, and goes on when the database has given that up. */
  'event.append-when-stopped': async (
    context: CommandContext,
    { tenant, name }: { tenant: number; name: string },
  ): Promise<void> => {
    await commands['event.append'](context, { tenant, name });
    await sql`select set_config('idle_in_transaction_session_timeout', '100', true)`.execute(context.db);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await commands['event.append'](context, { tenant, name });
  },
  'devices.touch': async ({ touch }: CommandContext, { count }: { count: number }): Promise<void> => {
    for (let device = 1; device <= count; device += 1) touch({ device });
  },
  /** Slowly, so that another one with the rows in the other order meets it. */
  'tenant.count-both': async (
    context: CommandContext,
    { first, second }: { first: number; second: number },
  ): Promise<void> => {
    await commands['tenant.count'](context, { tenant: first, by: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await commands['tenant.count'](context, { tenant: second, by: 1 });
  },
  'error.swallow': async ({ db }: CommandContext): Promise<void> => {
    await sql`select nothing from nowhere`.execute(db).catch(() => undefined);
  },
  'rows.add': async ({ db }: CommandContext, { from, count }: { from: number; count: number }): Promise<void> => {
    await sql`
      insert into contact (device, at)
      with recursive n (i) as (select cast(${from} as bigint) union all select i + 1 from n where i < ${from + count - 1})
      select i, 0 from n`.execute(db);
  },
  'output.function': async (): Promise<unknown> => () => 1,
  'clock.read': async ({ now }: CommandContext): Promise<number> => now,
  'thread.crash': async (): Promise<void> => {
    setImmediate(() => {
      throw new Error('the thread crashes on purpose');
    });
    await new Promise((resolve) => setTimeout(resolve, 1000));
  },
};
