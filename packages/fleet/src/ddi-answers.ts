/** What the controller base resource tells a device. */
export type Base = {
  readonly sleepSeconds: number;
  readonly deployment: string | null;
  readonly cancel: string | null;
  readonly wantsAttributes: boolean;
};

export type OfferedArtifact = { readonly filename: string; readonly sha1: string; readonly href: string };
export type OfferedChunk = { readonly version: string; readonly artifacts: readonly OfferedArtifact[] };

/** A deployment base resource as SWUpdate understands it. */
export type Deployment = { readonly action: number; readonly update: string; readonly chunks: readonly OfferedChunk[] };

/** The greatest action id that SWUpdate can hold. */
const MAX_ACTION = 2 ** 31 - 1;
/** What SWUpdate makes of "00:00:00". */
const SLEEP_OF_ZERO_SECONDS = 45;

/** Reads a controller base resource; null where SWUpdate says "malformed JSON" and ignores all of it. */
export function readBase(text: string): Base | null {
  const root = parse(text);
  const sleepSeconds = sleepOf(at(root, 'config', 'polling', 'sleep'));
  if (sleepSeconds === null) return null;
  const link = (name: string): string | null => {
    const href = at(root, '_links', name, 'href');
    return typeof href === 'string' ? href : null;
  };
  return {
    sleepSeconds,
    deployment: link('deploymentBase'),
    cancel: link('cancelAction'),
    wantsAttributes: link('configData') !== null,
  };
}

/** Reads a deployment base resource; null where SWUpdate could not. */
export function readDeployment(text: string): Deployment | null {
  const root = parse(text);
  const id = at(root, 'id');
  const update = at(root, 'deployment', 'update');
  const chunks = at(root, 'deployment', 'chunks');
  if (typeof id !== 'string' || typeof update !== 'string' || !Array.isArray(chunks)) return null;
  const read = chunks.map(chunkOf);
  if (!read.every((chunk) => chunk !== null)) return null;
  return { action: Math.min(Number.parseInt(id, 10) || 0, MAX_ACTION), update, chunks: read };
}

/** The id that a cancellation is about; null where there is none. */
export function readStopId(text: string): number | null {
  const stopId = at(parse(text), 'cancelAction', 'stopId');
  return typeof stopId === 'string' ? Math.min(Number.parseInt(stopId, 10) || 0, MAX_ACTION) : null;
}

/** Only the form `HH:MM:SS` below 24 hours is understood. */
function sleepOf(text: unknown): number | null {
  const match = typeof text === 'string' ? /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/.exec(text) : null;
  if (match === null) return null;
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) || SLEEP_OF_ZERO_SECONDS;
}

function chunkOf(value: unknown): OfferedChunk | null {
  const version = at(value, 'version');
  const artifacts = at(value, 'artifacts');
  if (typeof version !== 'string' || !Array.isArray(artifacts)) return null;
  const read = artifacts.map(artifactOf);
  return read.every((artifact) => artifact !== null) ? { version, artifacts: read } : null;
}

/** `md5`, `sha256` and the value of `size` are not used; `sha1` must be there. The link `download` goes before `download-http`. */
function artifactOf(value: unknown): OfferedArtifact | null {
  const filename = at(value, 'filename');
  const sha1 = at(value, 'hashes', 'sha1');
  const href = at(value, '_links', 'download', 'href') ?? at(value, '_links', 'download-http', 'href');
  const isWhole = typeof filename === 'string' && typeof sha1 === 'string' && typeof href === 'string';
  return isWhole && at(value, 'size') !== undefined ? { filename, sha1, href } : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string, unknown>)[step];
  }
  return found;
}
