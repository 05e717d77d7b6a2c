import { formatPollInterval } from '@updraft/core';
import type { DdiActionStatus } from './action-status.ts';

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
  /** Present only where it is so. */
  readonly encrypted?: true;
  readonly artifacts: readonly DdiArtifact[];
  /** What operators let devices see; left out where that is nothing. */
  readonly metadata?: readonly { readonly key: string; readonly value: string }[];
};

export type DdiUrgency = {
  readonly download: 'forced' | 'attempt';
  /** `skip`: not now, or never. SWUpdate answers it with a success without having installed. */
  readonly update: 'forced' | 'attempt' | 'skip';
};

/** Left out where no windows are set. */
export type DdiWindow = { readonly maintenanceWindow?: 'available' | 'unavailable' };

/** What happened so far: hawkBit's word for the state, and the device's own messages, the newest first. */
export type DdiActionHistory = { readonly status: DdiActionStatus; readonly messages: readonly string[] };

export type DdiAction = {
  /** A decimal in 1..2147483647: clients read it as an int32. */
  readonly id: number;
  readonly urgency: DdiUrgency & DdiWindow;
  /** JSON of a list of {@link DdiChunk}. */
  readonly chunks: string;
  /** null: nothing to show. */
  readonly history: DdiActionHistory | null;
};

/**
 * The body of `deploymentBase` and `installedBase`, and under its own name of `confirmationBase`, as JSON: nearly all of
 * it is the chunks, which are the same for all devices of a release.
 */
export function ddiActionBody(
  { id, urgency, chunks, history }: DdiAction,
  name: 'deployment' | 'confirmation' = 'deployment',
): string {
  const { download, update, maintenanceWindow } = urgency;
  const window = maintenanceWindow === undefined ? '' : `,"maintenanceWindow":"${maintenanceWindow}"`;
  const past = history === null ? '' : `,"actionHistory":${JSON.stringify(history)}`;
  return `{"id":"${id}","${name}":{"download":"${download}","update":"${update}"${window},"chunks":${chunks}}${past}}`;
}

export function ddiCancel(action: number) {
  return { id: String(action), cancelAction: { stopId: String(action) } };
}

/** hawkBit's own kinds of software modules have other names on this wire. */
export function ddiPartOf(componentKind: string): string {
  if (componentKind === 'application') return 'bApp';
  return componentKind === 'runtime' ? 'jvm' : componentKind;
}
