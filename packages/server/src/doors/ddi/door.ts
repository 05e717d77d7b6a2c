import type { GateName } from '@updraft/core';
import type { AutoConfirm } from '@updraft/protocols';
import type { CommandRunner, ContentArtifact, PollReader, ReporterReader } from '@updraft/store';
import type { OpenedObject } from '../../http/send-object.ts';
import type { Transfers } from '../../http/transfers.ts';
import type { Commands } from '../../use-cases/commands.ts';

import type { AttemptLookup } from '../../device-contact/attempt-lookup.ts';
import type { LastContacts } from '../../device-contact/last-contacts.ts';
import type { PollIntervals } from '../../device-contact/poll-intervals.ts';
import type { ReleaseContents } from '../../device-contact/release-contents.ts';
import type { TakeReport } from '../../device-contact/report-gathering.ts';
import type { ServedTally } from '../../device-contact/served-bytes.ts';
import type { StampCheck } from '../../device-contact/stamp-check.ts';
import type { KeptToken } from '../../use-cases/device-registration-commands.ts';
import type { DownloadSigning, SignedFile } from './download-links.ts';
import type { DownloadMarks } from './download-marks.ts';
import type { KnownAnswers } from './known-answers.ts';
import type { CertifiedDevice } from './certified-device.ts';
import type { ProxyHeaders } from './vouched-device.ts';

/** The bytes of artifacts, by tenant and sha256. */
export interface ArtifactObjects {
  open(tenant: number, sha256: string): Promise<OpenedObject>;
}

/** What the door works with. */
export type DdiDoor = {
  readonly readDevice: PollReader;
  readonly readReporter: ReporterReader;
  /** The database's clock as it is known here, epoch ms. */
  readonly now: () => number;
  /** The type that a gateway token is for, or none; null: there is no such token. */
  readonly findGatewayToken: (
    tenant: number,
    tokenHash: string,
  ) => Promise<{ readonly type: { readonly id: number; readonly name: string } | null } | null>;
  readonly proxyHeaders: ProxyHeaders;
  readonly certifiedDevice: CertifiedDevice;
  /** A token for a device that joins, which stays readable under the instance key. */
  readonly newToken: () => KeptToken;
  readonly attempts: AttemptLookup;
  /** Whether a device's user is asked for consent at all. */
  readonly autoConsentOf: (device: number) => Promise<AutoConfirm>;
  readonly releases: ReleaseContents;
  readonly intervals: PollIntervals;
  readonly commands: CommandRunner<Commands>;
  readonly takeReport: TakeReport;
  readonly contacts: LastContacts;
  /** For the metrics. */
  readonly countPoll: () => void;
  /** For the metrics: the gate that holds a device with an assignment back; null: none. Answers from memory are not counted. */
  readonly countGates: (shut: GateName | null) => void;
  readonly known: KnownAnswers;
  /** Null where commits of all servers are heard of before anybody else hears. */
  readonly stamps: StampCheck | null;
  readonly marks: DownloadMarks;
  /** What of artifacts went out to devices of a rollout. */
  readonly served: Pick<ServedTally, 'note'>;
  readonly objects: ArtifactObjects;
  readonly transfers: Transfers;
  /** A file of a module that was ever published; undefined where there is none. */
  readonly findFile: (file: SignedFile) => Promise<ContentArtifact | undefined>;
  /** null: links to files ask for a token. */
  readonly signing: DownloadSigning | null;
  /** Set: links begin with it, whatever the request says. */
  readonly publicUrl: string | null;
};

/** Where the door's resources of one device begin. */
export const DDI_BASE = '/:tenant/controller/v1/:controller';
/** What is offered to it, and what it says of that. */
export const DEPLOYMENT_PATH = `${DDI_BASE}/deploymentBase/:action`;
export const FEEDBACK_PATH = `${DEPLOYMENT_PATH}/feedback`;
