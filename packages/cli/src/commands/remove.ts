import type { Session } from '../session.ts';

/** Removes one after the other and says so; the first that fails ends it. */
export async function removeEach(
  session: Session,
  references: readonly string[],
  remove: (reference: string) => Promise<unknown>,
): Promise<void> {
  const removed: string[] = [];
  for (const reference of references) {
    await remove(reference);
    removed.push(reference);
    session.print.note(`Removed ${reference}.`);
  }
  session.print.show({ removed }, () => []);
}
