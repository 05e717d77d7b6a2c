import type { CommandContext } from '../command.ts';

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
  await context.db
    .insertInto('event')
    .values({
      tenant,
      at: context.now,
      name,
      actor,
      subject_kind: subject.kind,
      subject_id: subject.id,
      data: JSON.stringify(data),
      position: null,
    })
    .execute();
  context.touch({ events: true });
}
