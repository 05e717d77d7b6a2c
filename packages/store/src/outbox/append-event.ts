import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Insertable } from 'kysely';
import type { Schema } from '../schema.ts';

export type NewEvent = {
  readonly tenant: number;
  /** `<aggregate>.<past tense>`: `device.created`, `attempt.succeeded`. */
  readonly name: string;
  /** In whose name; null where nobody's. */
  readonly actor: string | null;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly data: Readonly<Record<string, unknown>>;
};

/** Notes what the command changed, in its own transaction. Readers see the event once it has a position. */
export async function appendEvent(context: CommandContext, event: NewEvent): Promise<void> {
  const { tenant, name, actor, subject, data } = event;
  const [at, text] = [context.now, JSON.stringify(data)];
  await writeEvent(context.db, {
    tenant,
    at,
    name,
    actor,
    subject_kind: subject.kind,
    subject_id: subject.id,
    data: text,
  });
  context.touch({ events: true });
}

const writeEvent = compiledOnce((db, row: Omit<Insertable<Schema['event']>, 'id' | 'position'>) =>
  db.insertInto('event').values({
    tenant: row.tenant,
    at: row.at,
    name: row.name,
    actor: row.actor,
    subject_kind: row.subject_kind,
    subject_id: row.subject_id,
    data: row.data,
    position: null,
  }),
);
