import { findRelease } from '@updraft/store';
import type { Refusal } from '../http/problems.ts';
import { INTAKE_LIMITS } from '../intake/intake-limits.ts';
import { judgeRelease } from '../intake/judge-release.ts';
import type { ReleaseChangeInput } from '../use-cases/release-commands.ts';
import type { ReleasePublished } from '../use-cases/publish-release.ts';
import { keeperOf, type SoftwareParts } from './software-parts.ts';

/** What the command tells, or why its bundles were not judged to be fit. */
export type PublishedJudged = Extract<ReleasePublished, { outcome: 'published' }> | NotStale | Refusal;
type NotStale = {
  readonly outcome: 'refused';
  readonly code: Exclude<Extract<ReleasePublished, { outcome: 'refused' }>['code'], 'judgement-stale'>;
};

/** Bundles are judged apart from the command, which then compares what they were judged by where it commits. */
export async function publishJudged(
  parts: Pick<SoftwareParts, 'store' | 'objects' | 'intake'>,
  { scope, id, ifMatch, mayBeEmpty }: ReleaseChangeInput & { readonly mayBeEmpty?: true },
): Promise<PublishedJudged> {
  for (let judging = 0; judging < INTAKE_LIMITS.judgings; judging++) {
    const row = await findRelease(parts.store.reader, scope.tenant, id);
    const judgement = row?.state === 'draft' ? await judgeRelease(keeperOf(parts), row) : NOTHING_JUDGED;
    if ('problem' in judgement) return judgement;
    const empty = mayBeEmpty === true ? { mayBeEmpty } : {};
    const result = await parts.store.commands.run('release.publish', { scope, id, ifMatch, judgement, ...empty });
    if (result.outcome === 'published') return result;
    if (result.code !== 'judgement-stale') return { outcome: 'refused', code: result.code };
  }
  return {
    problem: 'not-ready',
    detail: 'The release or the signing certificates keep changing; try again in a moment.',
  };
}

const NOTHING_JUDGED = { trust: '', artifacts: [] };
