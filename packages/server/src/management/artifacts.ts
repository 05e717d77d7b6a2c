import {
  findArtifact,
  findArtifactInspection,
  ARTIFACT_LIST,
  findUpload,
  readPage,
  selectArtifacts,
} from '@updraft/store';
import type { Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { shownInspection } from '../intake/shown-inspection.ts';
import { artifactView, uploadView } from '../use-cases/artifact-view.ts';
import { listAnswer } from './list-answer.ts';
import { releaseContent } from './release-content.ts';
import type { SoftwareParts } from './software-parts.ts';
import { readProgress } from './tus/open-upload.ts';

export function artifactHandlers(
  parts: SoftwareParts,
): Handlers<'artifacts.list' | 'artifacts.show' | 'artifacts.inspect' | 'artifacts.delete' | 'uploads.show'> {
  const { store, objects, intake } = parts;
  return {
    'artifacts.list': async ({ scope, query }) => {
      const rows = selectArtifacts(store.longReader, scope.tenant);
      const page = await readPage({ reader: store.longReader, query: rows }, ARTIFACT_LIST, query);
      return listAnswer(page, (found) => found.map(artifactView));
    },
    'artifacts.show': async ({ scope, params }) => {
      const row = await findArtifact(store.reader, scope.tenant, params.id);
      return row === undefined ? refusalOf('not-found', {}) : { ok: artifactView(row) };
    },
    'artifacts.inspect': async ({ scope, params }) => {
      const inspection = await findArtifactInspection(store.longReader, scope.tenant, params.id);
      return inspection === undefined ? refusalOf('not-found', {}) : { ok: shownInspection(inspection) };
    },
    'artifacts.delete': async ({ scope, params }) => {
      const result = await store.commands.run('artifact.delete', { scope, id: params.id });
      if (result.outcome === 'refused') {
        return refusalOf(result.code, {
          'artifact-in-use': 'A component holds this artifact; delete the component first.',
        });
      }
      await releaseContent({ store, objects }, scope.tenant, result.sha256);
      return { ok: undefined };
    },
    'uploads.show': async ({ scope, params, log }) => {
      const row = await findUpload(store.reader, scope.tenant, params.id);
      if (row === undefined) return refusalOf('not-found', {});
      if (row.expires_at <= Date.now()) {
        return refusalOf('upload-gone', { 'upload-gone': 'This upload has expired; begin a new one.' });
      }
      const upload = uploadView(row, row.state === 'receiving' ? await intake.safeBytes(row.uid) : row.size);
      // Complete, and nobody is at it: the server was stopped meanwhile. Whoever looks gets it going.
      if (upload.state === 'checking' && !intake.isHeld(row.uid)) {
        readProgress(parts, { scope, id: row.uid }).catch((error: unknown) =>
          log.error({ err: error }, 'upload not settled'),
        );
      }
      return { ok: upload };
    },
  };
}
