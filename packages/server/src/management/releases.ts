import type { ManifestDocument } from '@updraft/protocols';
import { findRelease, readPage, RELEASE_LIST, selectReleases } from '@updraft/store';
import type { z } from 'zod';
import type { Handlers } from '../http/mount.ts';
import { type Refusal, refusalOf } from '../http/problems.ts';
import { releaseView, releaseViews } from '../use-cases/release-view.ts';
import { listAnswer } from './list-answer.ts';
import { publishJudged, type PublishedJudged } from './publish-judged.ts';
import type { SoftwareParts } from './software-parts.ts';

const NOT_DRAFT = { 'release-not-draft': 'It is published, and what is published never changes; make a new release.' };
const NOT_PUBLISHED = { 'release-not-published': 'It is not published, or withdrawn already.' };

export function releaseHandlers(
  parts: SoftwareParts,
): Handlers<
  | 'releases.list'
  | 'releases.create'
  | 'releases.show'
  | 'releases.change'
  | 'releases.publish'
  | 'releases.withdraw'
  | 'releases.delete'
  | 'releases.manifest'
> {
  const { commands, reader, longReader } = parts.store;
  return {
    'releases.list': async ({ scope, query }) => {
      const rows = selectReleases(longReader, scope.tenant, 'without');
      const page = await readPage({ reader: longReader, query: rows }, RELEASE_LIST, query);
      return listAnswer(page, (found) => releaseViews(longReader, found));
    },
    'releases.create': async ({ scope, body, once }) => {
      const result = await commands.run('release.create', { scope, once, release: body });
      if (result.outcome === 'created') {
        return { ok: result.release, location: `/releases/${result.release.id}`, replayed: result.replayed };
      }
      return refusalOf(result.code, {
        'name-taken': `There is a release ${body.name} ${body.version} already.`,
        ...('missing' in result ? missing(result.missing) : {}),
      });
    },
    'releases.show': async ({ scope, params }) => {
      const row = await findRelease(reader, scope.tenant, params.id);
      return row === undefined ? refusalOf('not-found', {}) : { ok: await releaseView(reader, row) };
    },
    'releases.change': async ({ scope, params, body, ifMatch }) => {
      const result = await commands.run('release.change', { scope, id: params.id, ifMatch, change: body });
      if (result.outcome === 'changed') return { ok: result.release };
      return refusalOf(result.code, { ...NOT_DRAFT, ...('missing' in result ? missing(result.missing) : {}) });
    },
    'releases.publish': async ({ scope, params, ifMatch }) => {
      const result = await publishJudged(parts, { scope, id: params.id, ifMatch });
      if ('problem' in result) return result;
      return result.outcome === 'published' ? { ok: result.release } : whyNotPublished(result.code);
    },
    'releases.withdraw': async ({ scope, params, ifMatch }) => {
      const result = await commands.run('release.withdraw', { scope, id: params.id, ifMatch });
      return result.outcome === 'withdrawn' ? { ok: result.release } : refusalOf(result.code, NOT_PUBLISHED);
    },
    'releases.delete': async ({ scope, params, ifMatch }) => {
      const result = await commands.run('release.delete', { scope, id: params.id, ifMatch });
      return result.outcome === 'deleted' ? { ok: undefined } : refusalOf(result.code, NOT_DRAFT);
    },
    'releases.manifest': async ({ scope, params }) => {
      const row = await findRelease(reader, scope.tenant, params.id);
      if (row === undefined) return refusalOf('not-found', {});
      if (row.manifest === null) return refusalOf('release-not-published', NOT_PUBLISHED);
      // Its keys stay in the order of the text, so that what is answered is what was hashed.
      return { ok: JSON.parse(row.manifest) as z.output<typeof ManifestDocument> };
    },
  };
}

type Code = Extract<PublishedJudged, { outcome: 'refused' }>['code'];

function whyNotPublished(code: Code): Refusal {
  return refusalOf(code, { ...NOT_DRAFT, 'release-empty': 'It holds no artifact; give it a component that does.' });
}

function missing(what: string) {
  return { 'not-found': `There is no ${what}.` };
}
