import {
  artifactsOfComponents,
  componentsOfReleases,
  findArtifactInspection,
  type HeldArtifact,
  type ReleaseRow,
} from '@updraft/store';
import type { Refusal } from '../http/problems.ts';
import type { ReleaseJudgement } from '../use-cases/publish-release.ts';
import { readSigningTrust } from '../use-cases/signing-trust.ts';
import { judgeContent, type Keeper } from './keep-artifact.ts';

/** Judges every bundle of a release by what the tenant trusts now; the first that the policy refuses is the answer. */
export async function judgeRelease(
  { reader, inspector }: Pick<Keeper, 'reader' | 'inspector'>,
  release: ReleaseRow,
): Promise<ReleaseJudgement | Refusal> {
  const trust = await readSigningTrust(reader, release.tenant);
  const components = (await componentsOfReleases(reader, [release.id])).map(({ id }) => id);
  const held = await artifactsOfComponents(reader, components);
  const artifacts = new Map<number, HeldArtifact>(held.map((artifact) => [artifact.id, artifact]));
  const judged: ReleaseJudgement['artifacts'][number][] = [];
  for (const { id, uid, kind, filename } of artifacts.values()) {
    const inspection = kind === 'other' ? '' : ((await findArtifactInspection(reader, release.tenant, uid)) ?? '');
    const decision = await judgeContent(inspector, { kind, inspection }, trust);
    if (!decision.accepted) {
      return { problem: decision.code, reason: decision.reason, detail: `${filename}: ${decision.detail}` };
    }
    judged.push({ id, signature: decision.signature, reason: decision.reason });
  }
  return { trust: trust.basis, artifacts: judged };
}
