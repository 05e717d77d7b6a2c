import {
  appendEvent,
  type CommandContext,
  lockRelease,
  lockTenant,
  releasesById,
  type ReleaseRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';

/** An act on the release of this number. */
export type ReleaseAct = { readonly scope: Scope; readonly id: number };

/** Reads a release and holds its row until the commit. */
export async function takeRelease(context: CommandContext, { scope, id }: ReleaseAct): Promise<ReleaseRow | undefined> {
  await lockTenant(context, scope.tenant);
  const [row] = await releasesById(context.db, scope.tenant, [id]);
  return row === undefined ? undefined : lockRelease(context, scope.tenant, row.uid);
}

export async function noteRelease(
  context: CommandContext,
  { tenant, actor }: Scope,
  { event, row }: { readonly event: string; readonly row: ReleaseRow },
): Promise<void> {
  const subject = { kind: 'release', id: row.uid };
  const data = { name: row.name, version: row.version };
  await appendEvent(context, { tenant, actor, name: `release.${event}`, subject, data });
}
