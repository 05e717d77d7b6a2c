import type { DistributionSet, SoftwareModule } from '@updraft/protocols/hawkbit-management';
import {
  artifactCounts,
  completeReleases,
  componentKindsByKey,
  type ComponentRow,
  componentsOfReleases,
  fixedComponents,
  type ReleaseKindRow,
  type ReleaseRow,
  selectReleaseKinds,
} from '@updraft/store';
import type { Reader } from './handler.ts';
import { auditOf } from './audit.ts';
import type { LinkMaker } from './links.ts';

export type Shown = { readonly links: LinkMaker; readonly isSingle: boolean };

/** Components as software modules, in the order given. */
export async function moduleViews(
  db: Reader,
  rows: readonly ComponentRow[],
  { links, isSingle }: Shown,
): Promise<SoftwareModule[]> {
  const ids = rows.map(({ id }) => id);
  const [first] = rows;
  if (first === undefined) return [];
  const fixed = await fixedComponents(db, ids);
  const counts = await artifactCounts(db, ids);
  const known = await componentKindsByKey(db, first.tenant, [...new Set(rows.map(({ kind }) => kind))]);
  const kinds = new Map(known.map((kind) => [kind.key, kind]));
  return rows.map((row) => {
    const kind = kinds.get(row.kind);
    return {
      ...auditOf(row),
      id: row.id,
      name: row.name,
      version: row.version,
      description: row.description === '' ? null : row.description,
      type: row.kind,
      typeName: kind?.name ?? row.kind,
      vendor: row.vendor === '' ? null : row.vendor,
      encrypted: row.encrypted === 1,
      locked: row.locked === 1 || fixed.has(row.id),
      deleted: row.deleted === 1,
      complete: (counts.get(row.id) ?? 0) >= (kind?.min_artifacts ?? 0),
      _links: isSingle ? linksOf(row, kind?.id, links) : { self: links`/softwaremodules/${row.id}` },
    };
  });
}

function linksOf({ id }: ComponentRow, kind: number | undefined, links: LinkMaker) {
  return {
    self: links`/softwaremodules/${id}`,
    artifacts: links`/softwaremodules/${id}/artifacts`,
    ...(kind === undefined ? {} : { type: links`/softwaremoduletypes/${kind}` }),
    metadata: links`/softwaremodules/${id}/metadata?offset=0&limit=50`,
  };
}

/** Releases as distribution sets, in the order given, each with its modules. */
export async function setViews(
  db: Reader,
  rows: readonly ReleaseRow[],
  { links, isSingle }: Shown,
): Promise<DistributionSet[]> {
  const ids = rows.map(({ id }) => id);
  const [first] = rows;
  if (first === undefined) return [];
  const complete = await completeReleases(db, ids);
  const held = await componentsOfReleases(db, ids);
  const views = await moduleViews(db, held, { links, isSingle: false });
  const modules = Map.groupBy(
    views.map((view, at) => ({ view, release: held[at]?.release })),
    ({ release }) => release,
  );
  const kinds = new Map((await releaseKindsOf(db, first.tenant)).map((kind) => [kind.id, kind]));
  return rows.map((row) => {
    const kind = row.kind === null ? undefined : kinds.get(row.kind);
    return {
      ...auditOf(row),
      id: row.id,
      name: row.name,
      version: row.version,
      description: row.description === '' ? null : row.description,
      type: kind?.key ?? null,
      typeName: kind?.name ?? null,
      complete: complete.has(row.id),
      locked: row.locked === 1 || row.state !== 'draft',
      deleted: row.deleted === 1,
      valid: row.state !== 'withdrawn',
      requiredMigrationStep: row.required_step === 1,
      modules: (modules.get(row.id) ?? []).map(({ view }) => view),
      _links: isSingle ? setLinks(row, links) : { self: links`/distributionsets/${row.id}` },
    };
  });
}

function releaseKindsOf(db: Reader, tenant: number): Promise<readonly ReleaseKindRow[]> {
  return selectReleaseKinds(db, tenant, 'with').execute();
}

function setLinks({ id, kind }: ReleaseRow, links: LinkMaker) {
  return {
    self: links`/distributionsets/${id}`,
    modules: links`/distributionsets/${id}/assignedSM?offset=0&limit=50`,
    ...(kind === null ? {} : { type: links`/distributionsettypes/${kind}` }),
    metadata: links`/distributionsets/${id}/metadata?offset=0&limit=50`,
  };
}
