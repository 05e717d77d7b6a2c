import type { ModuleArtifact } from '@updraft/protocols/hawkbit-management';
import { artifactsOfComponents, componentsById, type HeldArtifact } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { releaseContent } from '../../management/release-content.ts';
import { auditOf } from './audit.ts';
import { DONE, type ManagementHandlers, type ManagementParts, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { LOCKED_MODULE } from './software-modules.ts';

/** Artifacts of software modules but for their bytes. Downloads have one address: `useartifacturlhandler` changes nothing. */
export function artifactHandlers({
  store,
  software,
}: ManagementParts): ManagementHandlers<'artifacts.list' | 'artifacts.show' | 'artifacts.delete'> {
  return {
    'artifacts.list': async ({ scope, params, query, links }) => {
      const held = await artifactsOf(store.reader, scope, params.id);
      if (held === undefined) return notFound('SoftwareModule', params.id);
      return { ok: held.map((artifact) => artifactView(artifact, links, query.representation === 'full')) };
    },
    'artifacts.show': async ({ scope, params, links }) => {
      const found = await findModuleArtifact(store.reader, scope, params);
      return found === undefined ? notFound('Artifact', params.artifactId) : { ok: artifactView(found, links, true) };
    },
    'artifacts.delete': async ({ scope, params }) => {
      const act = { scope, id: params.id, artifact: params.artifactId };
      const result = await store.commands.run('component.leave-artifact', act);
      if (result.outcome === 'refused')
        return result.code === 'locked' ? LOCKED_MODULE : notFound('Artifact', params.artifactId);
      for (const content of result.contents) await releaseContent(software, scope.tenant, content);
      return DONE;
    },
  };
}

type Reader = ManagementParts['store']['reader'];

async function artifactsOf(reader: Reader, scope: Scope, module: number): Promise<readonly HeldArtifact[] | undefined> {
  const [row] = await componentsById(reader, scope.tenant, [module]);
  return row === undefined ? undefined : artifactsOfComponents(reader, [row.id]);
}

export async function findModuleArtifact(
  reader: Reader,
  scope: Scope,
  { id, artifactId }: { readonly id: number; readonly artifactId: number },
): Promise<HeldArtifact | undefined> {
  return (await artifactsOf(reader, scope, id))?.find((artifact) => artifact.id === artifactId);
}

export function artifactView(row: HeldArtifact, links: LinkMaker, isFull: boolean): ModuleArtifact {
  const self = links`/softwaremodules/${row.component}/artifacts/${row.id}`;
  const download = links`/softwaremodules/${row.component}/artifacts/${row.id}/download`;
  return {
    ...auditOf({ ...row, changed_at: 0, changed_by: '' }),
    id: row.id,
    hashes: { sha1: row.sha1, md5: row.md5, sha256: row.sha256 },
    providedFilename: row.filename,
    size: row.size,
    _links: isFull ? { self, download } : { self },
  };
}
