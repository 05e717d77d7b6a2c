import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { ApiProblem } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { CliError, usageError } from '../cli-error.ts';
import { readingError } from '../local-file.ts';
import { isUid, quoted } from '../lookup.ts';
import { allRows } from '../pages.ts';
import type { Session } from '../session.ts';
import { uploadArtifact } from '../upload/upload-artifact.ts';

type ReleaseRow = CallAnswer<'releases.show'>;
type ComponentRow = CallAnswer<'components.show'>;

const HASHED_AT_ONCE_BYTES = 1_048_576;

export type CreateOptions = {
  readonly artifact?: readonly string[];
  readonly component?: readonly string[];
  readonly kind: string;
  readonly type?: readonly string[];
  readonly requiredStep?: boolean;
  readonly description?: string;
  readonly publish?: boolean;
};
type Title = { readonly name: string; readonly version: string };

/** Files to artifacts, to a component, to a release, published if asked. What an earlier run did is used again. */
export async function createRelease(session: Session, title: Title, options: CreateOptions): Promise<ReleaseRow> {
  if (options.publish === true && !options.artifact && !options.component)
    throw usageError('usage', 'Name what is in the release with --artifact or --component.');
  const artifacts: string[] = [];
  for (const reference of options.artifact ?? []) artifacts.push(await artifactOf(session, reference));
  const made = artifacts.length === 0 ? [] : [await componentOf(session, title, { kind: options.kind, artifacts })];
  const release = await draftOf(session, title, { ...options, component: [...made, ...(options.component ?? [])] });
  return options.publish === true && release.state === 'draft'
    ? session.api.call('releases.publish', { params: { id: release.id } })
    : release;
}

/** An id, or a file: one that is there already under this name, byte for byte, is not sent again. */
async function artifactOf(session: Session, reference: string): Promise<string> {
  if (isUid(reference) && !existsSync(reference)) return reference;
  const [filename, sha256] = [path.basename(reference), await sha256Of(reference)];
  const filter = `sha256==${sha256};filename==${quoted(filename)}`;
  const same = await allRows((query) => session.api.call('artifacts.list', { query }), { filter });
  const found = same.find((row) => row.filename === filename);
  if (found === undefined) return (await uploadArtifact(session, reference)).id;
  session.print.note(`${filename} is uploaded already.`);
  return found.id;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(file, { highWaterMark: HASHED_AT_ONCE_BYTES }))
      hash.update(piece as Uint8Array);
  } catch (error) {
    throw readingError(file, error);
  }
  return hash.digest('hex');
}

async function componentOf(
  { api }: Session,
  { name, version }: Title,
  { kind, artifacts }: { kind: string; artifacts: readonly string[] },
): Promise<string> {
  try {
    return (await api.call('components.create', { body: { name, version, kind, artifacts: [...artifacts] } })).id;
  } catch (error) {
    if (!isNameTaken(error)) throw error;
    const rows = await allRows<ComponentRow>((query) => api.call('components.list', { query }), {
      filter: filterOf({ name, version }),
    });
    const same = rows.find(
      (row) =>
        row.name === name &&
        row.version === version &&
        isSameSet(
          row.artifacts.map((one) => one.id),
          artifacts,
        ),
    );
    if (same !== undefined) return same.id;
    throw new CliError(
      'conflict',
      'name-taken',
      `There is a component ${name}@${version} with other artifacts already; take another version.`,
      error,
    );
  }
}

async function draftOf({ api }: Session, { name, version }: Title, options: CreateOptions): Promise<ReleaseRow> {
  const components = [...(options.component ?? [])];
  const deviceTypes = [...(options.type ?? [])];
  const requiredStep = options.requiredStep === true;
  const description = options.description === undefined ? {} : { description: options.description };
  try {
    const body = { name, version, components, deviceTypes, requiredStep, ...description };
    return await api.call('releases.create', { body });
  } catch (error) {
    if (!isNameTaken(error)) throw error;
    const rows = await allRows<ReleaseRow>((query) => api.call('releases.list', { query }), {
      filter: filterOf({ name, version }),
    });
    const same = rows.find(
      (row) =>
        row.name === name &&
        row.version === version &&
        isSameSet(
          row.components.map((one) => one.id),
          components,
        ) &&
        isSameSet(row.deviceTypes, deviceTypes) &&
        row.requiredStep === requiredStep,
    );
    if (same !== undefined && same.state !== 'withdrawn') return same;
    throw new CliError(
      'conflict',
      'name-taken',
      `There is a release ${name}@${version} already, and it is another; take another version.`,
      error,
    );
  }
}

function isNameTaken(error: unknown): boolean {
  return error instanceof ApiProblem && error.code === 'name-taken';
}

function filterOf({ name, version }: Title): string {
  return `name==${quoted(name)};version==${quoted(version)}`;
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return new Set(left).symmetricDifference(new Set(right)).size === 0;
}
