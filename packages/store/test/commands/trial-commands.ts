import type { Command } from '../../src/command.ts';
import { appendEvent } from '../../src/outbox/append-event.ts';
import { newUid } from '../../src/uid.ts';

/** Commands that exercise the writer; the contract suite runs them on both databases. */
export const commands = {
  'tenant.add': async (context, { name }) => {
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
  'tenant.count': async ({ db }, { tenant, by }) => {
    const row = await db
      .updateTable('tenant')
      .set((eb) => ({ rollouts_revision: eb('rollouts_revision', '+', by) }))
      .where('id', '=', tenant)
      .returning('rollouts_revision')
      .executeTakeFirstOrThrow();
    return row.rollouts_revision;
  },
  'tenant.count-then-throw': async (context, { tenant }) => {
    await context.db.updateTable('tenant').set({ rollouts_revision: 999 }).where('id', '=', tenant).execute();
    context.touch({ tenant });
    throw Object.assign(new Error('on purpose'), { code: 'on-purpose' });
  },
  'event.append': async (context, { tenant, name }) => {
    const subject = { kind: 'tenant', id: String(tenant) };
    await appendEvent(context, { tenant, name, actor: null, subject, data: { name } });
    return name;
  },
  'output.function': async () => () => 1,
  'clock.read': async ({ now }) => now,
  'thread.crash': async () => {
    setImmediate(() => {
      throw new Error('the thread crashes on purpose');
    });
    await new Promise((resolve) => setTimeout(resolve, 1000));
  },
} satisfies Record<string, Command<never, unknown>> as {
  'tenant.add': Command<{ name: string }, number>;
  'tenant.count': Command<{ tenant: number; by: number }, number>;
  'tenant.count-then-throw': Command<{ tenant: number }, never>;
  'event.append': Command<{ tenant: number; name: string }, string>;
  'output.function': Command<object, unknown>;
  'clock.read': Command<object, number>;
  'thread.crash': Command<object, void>;
};
