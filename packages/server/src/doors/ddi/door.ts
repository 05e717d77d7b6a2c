import type { GateName } from '@updraft/core';
import type { AutoConfirm } from '@updraft/protocols';
import type { CommandRunner, PollReader } from '@updraft/store';
import type { OpenedObject } from '../../http/send-object.ts';
import type { Transfers } from '../../http/transfers.ts';
import type { Commands } from '../../use-cases/commands.ts';
import type { AnswerCache } from '../../device-contact/answer-cache.ts';
import type { AttemptLookup } from '../../device-contact/attempt-lookup.ts';
import type { LastContacts } from '../../device-contact/last-contacts.ts';
import type { ReleaseContents } from '../../device-contact/release-contents.ts';
import type { StampCheck } from '../../device-contact/stamp-check.ts';
import type { DownloadMarks } from './download-marks.ts';

/** The bytes of artifacts, by tenant and sha256. */
export interface ArtifactObjects {
  open(tenant: number, sha256: string): Promise<OpenedObject>;
}

/** What the door works with. */
export type DdiDoor = {
  readonly readDevice: PollReader;
  /** The database's clock as it is known here, epoch ms. */
  readonly now: () => number;
  readonly knowsGatewayToken: (tenant: number, tokenHash: string) => Promise<boolean>;
  readonly attempts: AttemptLookup;
  /** Whether a device's user is asked for consent at all. */
  readonly autoConsentOf: (device: number) => Promise<AutoConfirm>;
  readonly releases: ReleaseContents;
  readonly commands: CommandRunner<Commands>;
  readonly contacts: LastContacts;
  /** For the metrics. */
  readonly countPoll: () => void;
  /** For the metrics: the gate that holds a device with an assignment back; null: none. Answers from memory are not counted. */
  readonly countGates: (shut: GateName | null) => void;
  readonly answers: AnswerCache;
  /** Null where commits of all servers are heard of before anybody else hears. */
  readonly stamps: StampCheck | null;
  readonly marks: DownloadMarks;
  readonly objects: ArtifactObjects;
  readonly transfers: Transfers;
  /** Set: links begin with it, whatever the request says. */
  readonly publicUrl: string | null;
};

/** Where the door's resources of one device begin. */
export const DDI_BASE = '/:tenant/controller/v1/:controller';
