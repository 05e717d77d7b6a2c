import { formatPollInterval } from '@updraft/core';

export type DdiLinks = Readonly<Record<string, { readonly href: string }>>;

export type DdiControllerBase = {
  readonly config: { readonly polling: { readonly sleep: string } };
  /** Left out where there is none. */
  readonly _links?: DdiLinks;
};

/** `sleep` is HH:MM:SS below 24 hours: anything else makes SWUpdate ignore the whole answer. */
export function ddiControllerBase(pollIntervalSeconds: number, links: DdiLinks): DdiControllerBase {
  const config = { polling: { sleep: formatPollInterval(pollIntervalSeconds) } };
  return Object.keys(links).length === 0 ? { config } : { config, _links: links };
}

export type DdiArtifact = {
  readonly filename: string;
  readonly hashes: { readonly sha1: string; readonly md5: string; readonly sha256: string };
  /** Bytes. */
  readonly size: number;
  readonly _links: DdiLinks;
};

export type DdiChunk = {
  readonly part: string;
  readonly name: string;
  readonly version: string;
  readonly artifacts: readonly DdiArtifact[];
};

export type DdiUrgency = {
  readonly download: 'forced' | 'attempt';
  /** `skip` for what is never to be installed only: SWUpdate answers it with a success without having installed. */
  readonly update: 'forced' | 'attempt' | 'skip';
};

export type DdiDeployment = {
  readonly id: string;
  readonly deployment: DdiUrgency & { readonly chunks: readonly DdiChunk[] };
};

/** `action` is a decimal in 1..2147483647: clients read it as an int32. */
export function ddiDeployment(
  action: number,
  { download, update }: DdiUrgency,
  chunks: readonly DdiChunk[],
): DdiDeployment {
  return { id: String(action), deployment: { download, update, chunks } };
}

export function ddiCancel(action: number) {
  return { id: String(action), cancelAction: { stopId: String(action) } };
}

/** hawkBit's own kinds of software modules have other names on this wire. */
export function ddiPartOf(componentKind: string): string {
  if (componentKind === 'application') return 'bApp';
  return componentKind === 'runtime' ? 'jvm' : componentKind;
}
