import { createHash } from 'node:crypto';
import { canonicalJson, edgeOf, type Manifest, releaseLifecycle } from '@updraft/core';
import {
  appendEvent,
  artifactsOfComponents,
  bumpRolloutsRevision,
  changeRelease,
  type CommandContext,
  componentsOfReleases,
  deviceTypesOfReleases,
  greatestCounter,
  lockRelease,
  lockTenant,
  markArtifactSignature,
  type ReleaseRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import type { ReleaseChangeInput } from './release-commands.ts';
import { type ReleaseView, releaseView } from './release-view.ts';
import { readSigningTrust } from './signing-trust.ts';

/** What judging a release's bundles again has found, and what it relied on. */
export type ReleaseJudgement = {
  /** The basis of the trust they were judged by. */
  readonly trust: string;
  readonly artifacts: readonly {
    readonly id: number;
    readonly signature: 'verified' | 'unverified' | 'unsigned';
    readonly reason: string | null;
  }[];
};

export type ReleasePublished =
  | { readonly outcome: 'published'; readonly release: ReleaseView }
  | {
      readonly outcome: 'refused';
      /** `judgement-stale`: judge again. */
      readonly code: 'not-found' | 'precondition-failed' | 'release-not-draft' | 'release-empty' | 'judgement-stale';
    };
export type ReleaseWithdrawn =
  | { readonly outcome: 'withdrawn'; readonly release: ReleaseView }
  | { readonly outcome: 'refused'; readonly code: 'not-found' | 'precondition-failed' | 'release-not-published' };

/** Fixes the manifest for ever. The tenant's row is held, so that no two releases get the same counter. */
export async function publishRelease(
  context: CommandContext,
  input: ReleaseChangeInput & { readonly judgement: ReleaseJudgement; readonly mayBeEmpty?: true },
): Promise<ReleasePublished> {
  const { scope, judgement } = input;
  const row = await lockForChange(context, input);
  if ('outcome' in row) return row;
  if (edgeOf(releaseLifecycle, row.state, 'publish') === undefined)
    return { outcome: 'refused', code: 'release-not-draft' };
  const content = await readContent(context, row);
  if (content.artifacts.size === 0 && input.mayBeEmpty !== true) return { outcome: 'refused', code: 'release-empty' };
  const { basis } = await readSigningTrust(context.db, scope.tenant);
  const isJudged = content.artifacts.symmetricDifference(new Set(judgement.artifacts.map(({ id }) => id))).size === 0;
  if (basis !== judgement.trust || !isJudged) return { outcome: 'refused', code: 'judgement-stale' };
  for (const { id, signature, reason } of judgement.artifacts) {
    await markArtifactSignature(context, id, { signature, reason });
  }
  const manifest = canonicalJson(content.manifest);
  const published = await changeRelease(context, row.id, {
    state: 'published',
    manifest,
    manifest_sha256: createHash('sha256').update(manifest).digest('hex'),
    counter: content.manifest.counter,
    published_at: context.now,
  });
  await afterChange(context, scope, { event: 'published', row: published });
  return { outcome: 'published', release: await releaseView(context.db, published) };
}

/** Gates read that a release is withdrawn: what devices were answered is dropped. */
export async function withdrawRelease(context: CommandContext, input: ReleaseChangeInput): Promise<ReleaseWithdrawn> {
  const row = await lockForChange(context, input);
  if ('outcome' in row) return row;
  if (edgeOf(releaseLifecycle, row.state, 'withdraw') === undefined) {
    return { outcome: 'refused', code: 'release-not-published' };
  }
  const withdrawn = await changeRelease(context, row.id, { state: 'withdrawn', withdrawn_at: context.now });
  await afterChange(context, input.scope, { event: 'withdrawn', row: withdrawn });
  return { outcome: 'withdrawn', release: await releaseView(context.db, withdrawn) };
}

async function lockForChange(
  context: CommandContext,
  { scope, id, ifMatch }: ReleaseChangeInput,
): Promise<ReleaseRow | { readonly outcome: 'refused'; readonly code: 'not-found' | 'precondition-failed' }> {
  await lockTenant(context, scope.tenant);
  const row = await lockRelease(context, scope.tenant, id);
  if (row === undefined) return { outcome: 'refused', code: 'not-found' };
  return ifMatch === null || ifMatch === row.revision ? row : { outcome: 'refused', code: 'precondition-failed' };
}

async function readContent(
  context: CommandContext,
  row: ReleaseRow,
): Promise<{ readonly manifest: Manifest; readonly artifacts: ReadonlySet<number> }> {
  const { db } = context;
  const components = await componentsOfReleases(db, [row.id]);
  const artifacts = await artifactsOfComponents(
    db,
    components.map(({ id }) => id),
  );
  const deviceTypes = await deviceTypesOfReleases(db, [row.id]);
  const greatest = await greatestCounter(
    db,
    row.tenant,
    deviceTypes.map(({ id }) => id),
  );
  const manifest = {
    name: row.name,
    version: row.version,
    counter: greatest + 1,
    components: components.map(({ id, name, version, kind }) => ({
      name,
      version,
      kind,
      artifacts: artifacts
        .filter(({ component }) => component === id)
        .map(({ filename, sha256, size }) => ({ filename, sha256, length: size })),
    })),
    deviceTypes: deviceTypes.map(({ name }) => name),
  };
  return { manifest, artifacts: new Set(artifacts.map(({ id }) => id)) };
}

async function afterChange(
  context: CommandContext,
  { tenant, actor }: Scope,
  { event, row }: { readonly event: string; readonly row: ReleaseRow },
) {
  await bumpRolloutsRevision(context, tenant);
  const subject = { kind: 'release', id: row.uid };
  const data = { name: row.name, version: row.version, counter: row.counter, manifestSha256: row.manifest_sha256 };
  await appendEvent(context, { tenant, actor, name: `release.${event}`, subject, data });
}
