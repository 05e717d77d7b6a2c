import {
  addComponentArtifact,
  appendEvent,
  artifactsOfComponents,
  type ArtifactRow,
  type CommandContext,
  componentsById,
  deleteArtifact,
  findArtifact,
  fixedComponents,
  isArtifactHeld,
  lockTenant,
  removeComponentArtifact,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { Scope } from '../access/scope.ts';
import { LOCKED, refused } from './outcome.ts';

/** hawkBit's limit, which its clients expect. */
const MAX_ARTIFACTS = 50;

type ComponentAct = { readonly scope: Scope; readonly id: number };

export const componentArtifactCommands = {
  'component.take-artifact': takeArtifact,
  'component.leave-artifact': leaveArtifact,
};

/** Whether a component may take a file of this name: devices fetch them by it. */
export async function roomForArtifact(db: Kysely<Schema>, { scope, id }: ComponentAct, filename: string) {
  const [row] = await componentsById(db, scope.tenant, [id]);
  if (row === undefined || row.deleted === 1) return refused('not-found');
  if (row.locked === 1 || (await fixedComponents(db, [id])).has(id)) return LOCKED;
  const held = await artifactsOfComponents(db, [id]);
  if (held.some((artifact) => artifact.filename === filename)) return refused('name-taken');
  if (held.length >= MAX_ARTIFACTS) return { ...refused('limit-reached'), limit: MAX_ARTIFACTS };
  return { outcome: 'fits' as const };
}

/** Puts an artifact (its uid) into a component. */
async function takeArtifact(
  context: CommandContext,
  { scope, id, artifact }: ComponentAct & { readonly artifact: string },
) {
  await lockTenant(context, scope.tenant);
  const row = await findArtifact(context.db, scope.tenant, artifact);
  if (row === undefined) return refused('not-found');
  const room = await roomForArtifact(context.db, { scope, id }, row.filename);
  if (room.outcome === 'refused') return room;
  await addComponentArtifact(context, id, row.id);
  return { outcome: 'taken' as const, artifact: row.id };
}

/** Takes an artifact (its number) out of a component, and removes it where nothing else holds it. */
async function leaveArtifact(
  context: CommandContext,
  { scope, id, artifact }: ComponentAct & { readonly artifact: number },
) {
  await lockTenant(context, scope.tenant);
  const [row] = await componentsById(context.db, scope.tenant, [id]);
  const held = row === undefined ? [] : await artifactsOfComponents(context.db, [id]);
  const found = held.find((one) => one.id === artifact);
  if (row === undefined || found === undefined) return refused('not-found');
  if (row.locked === 1 || (await fixedComponents(context.db, [id])).has(id)) return LOCKED;
  await removeComponentArtifact(context, id, artifact);
  return { outcome: 'deleted' as const, contents: await dropUnheld(context, scope, [found]) };
}

/** Takes all artifacts out of a component; tells the content of those that are removed with that. */
export async function dropComponentArtifacts(
  context: CommandContext,
  scope: Scope,
  component: number,
): Promise<readonly string[]> {
  const held = await artifactsOfComponents(context.db, [component]);
  for (const { id } of held) await removeComponentArtifact(context, component, id);
  return dropUnheld(context, scope, held);
}

async function dropUnheld(
  context: CommandContext,
  { tenant, actor }: Scope,
  artifacts: readonly ArtifactRow[],
): Promise<readonly string[]> {
  const contents: string[] = [];
  for (const { id, uid, filename, sha256 } of artifacts) {
    if (await isArtifactHeld(context.db, id)) continue;
    await deleteArtifact(context, id);
    const subject = { kind: 'artifact', id: uid };
    await appendEvent(context, { tenant, actor, name: 'artifact.deleted', subject, data: { filename, sha256 } });
    contents.push(sha256);
  }
  return contents;
}
