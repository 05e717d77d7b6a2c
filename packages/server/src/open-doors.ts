import type { X509Certificate } from 'node:crypto';
import {
  autoConsentOf,
  findGatewayToken,
  findPublishedFile,
  pollStampsOf,
  preparePollReader,
  prepareReporterReader,
  type ReporterReader,
  type Store,
} from '@updraft/store';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Sealer } from './access/sealer.ts';
import { newToken, tokenHash } from './access/secret-tokens.ts';
import type { CommitListeners } from './commit-listeners.ts';
import type { Configuration } from './config/configuration.ts';
import { AnswerCache, NEWCOMERS_PER_PLACE } from './device-contact/answer-cache.ts';
import { BoundedMemory } from './bounded-memory.ts';
import { DropLog } from './device-contact/drop-log.ts';
import { lookUpAttempts } from './device-contact/attempt-lookup.ts';
import { rememberGates } from './device-contact/gate-memory.ts';
import { LastContacts } from './device-contact/last-contacts.ts';
import { readPollIntervals } from './device-contact/poll-intervals.ts';
import { rememberReleaseContents } from './device-contact/release-contents.ts';
import { gatherReports } from './device-contact/report-gathering.ts';
import { rememberReporters } from './device-contact/reporter-memory.ts';
import { ServedTally } from './device-contact/served-bytes.ts';
import { StampCheck } from './device-contact/stamp-check.ts';
import { certifiedDevices } from './doors/ddi/certified-device.ts';
import type { ArtifactObjects } from './doors/ddi/door.ts';
import { MAX_IDLE_ANSWERS } from './doors/ddi/controller-base.ts';
import { MAX_DESCRIPTION_TEMPLATES } from './doors/ddi/description-template.ts';
import type { DownloadSigning, SignedFile } from './doors/ddi/download-links.ts';
import { DownloadMarks } from './doors/ddi/download-marks.ts';
import type { KnownAnswers } from './doors/ddi/known-answers.ts';
import { mountDdi } from './doors/ddi/mount-ddi.ts';
import { type ShortWay, shortWayOf } from './doors/ddi/short-way.ts';
import type { Metrics } from './http/metrics.ts';
import { namedPeers } from './http/named-peers.ts';
import type { Shortcut } from './http/server-factory.ts';
import type { Transfers } from './http/transfers.ts';
import type { Commands } from './use-cases/commands.ts';

type DoorConfiguration = Pick<
  Configuration,
  'publicUrl' | 'trustedProxies' | 'deviceHeader' | 'authorityHeader' | 'downloadUrl' | 'downloadLinkSeconds'
>;

export type DoorParts = {
  readonly store: Store<Commands>;
  readonly objects: ArtifactObjects;
  readonly transfers: Transfers;
  readonly configuration: DoorConfiguration;
  /** Whose certificates devices may show. */
  readonly clientAuthorities: readonly X509Certificate[];
  readonly sealer: Pick<Sealer, 'seal' | 'fingerprint'>;
  readonly commits: CommitListeners;
  readonly metrics: Pick<Metrics, 'countPoll' | 'countGates' | 'countRequest'>;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly log: FastifyBaseLogger;
};

export interface Doors extends AsyncDisposable {
  /** One a protocol. */
  readonly mounts: readonly ((app: FastifyInstance) => Promise<void>)[];
  readonly shortcuts: readonly Shortcut[];
  /** Writes the contacts that are still noted in memory. */
  readonly writeContacts: () => Promise<void>;
}

/** Builds the doors that devices come in by. Disposing writes what is still noted in memory. */
export function openDoors(parts: DoorParts): Doors {
  const { store, log } = parts;
  const { publicUrl } = parts.configuration;
  const releases = rememberReleaseContents(store.reader);
  const contacts = new LastContacts({
    save: async (slice) => store.commands.run('device.save-contacts', slice),
    onError: (err) => log.warn({ err }, 'contacts could not be written; tried again'),
  });
  const served = new ServedTally({
    save: async (sums) => store.commands.run('forecast.add-served', { served: sums }),
    onError: (err) => log.warn({ err }, 'served bytes could not be written; tried again'),
  });
  const door = {
    readDevice: preparePollReader(
      store.reader,
      rememberGates({ reader: store.reader, releases, now: store.clock }),
      store.dialect,
    ),
    readReporter: reporterReader(parts),
    now: store.clock,
    ...accessOf(parts),
    ...filesOf(parts),
    attempts: lookUpAttempts(store.reader),
    autoConsentOf: (device: number) => autoConsentOf(store.reader, device),
    releases,
    intervals: readPollIntervals(store.reader),
    commands: store.commands,
    takeReport: gatherReports(store.commands),
    contacts,
    served,
    countPoll: () => parts.metrics.countPoll('ddi'),
    countGates: parts.metrics.countGates,
    known: knownAnswers(parts),
    stamps: store.dialect === 'postgres' ? new StampCheck((devices) => pollStampsOf(store.reader, devices)) : null,
    publicUrl,
  };
  return {
    mounts: [(app) => mountDdi(app, door)],
    shortcuts: [shortWayOf(door, shortWay(parts))],
    writeContacts: async () => {
      // One that is under way leaves what was noted since to the next.
      await contacts.flush();
      await contacts.flush();
    },
    async [Symbol.asyncDispose]() {
      await contacts[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

function reporterReader({ store, commits }: DoorParts): ReporterReader {
  const read = prepareReporterReader(store.reader, store.dialect);
  return store.dialect === 'sqlite' ? rememberReporters(read, commits) : read;
}

function shortWay({ log, metrics, stopping, configuration }: DoorParts): ShortWay {
  const { trustedProxies, publicUrl } = configuration;
  const asksProxies = trustedProxies.length > 0 && publicUrl === null;
  return { log, countRequest: metrics.countRequest, asksProxies, stopping };
}

/** How a door knows who a device is. */
function accessOf({ store, sealer, configuration, clientAuthorities }: DoorParts) {
  return {
    findGatewayToken: async (tenant: number, hash: string) => gatewayTokenOf(store, tenant, hash),
    proxyHeaders: {
      isNamed: namedPeers(configuration.trustedProxies),
      device: configuration.deviceHeader,
      authority: configuration.authorityHeader,
    },
    certifiedDevice: certifiedDevices(clientAuthorities),
    newToken: () => {
      const token = newToken();
      return { hash: tokenHash(token), sealed: sealer.seal(token) };
    },
  };
}

/** How a door gives out files. */
function filesOf(parts: DoorParts) {
  const { store, objects, transfers } = parts;
  const findFile = (file: SignedFile) => findPublishedFile(store.reader, file);
  return { findFile, signing: signingOf(parts), marks: new DownloadMarks(), objects, transfers };
}

function signingOf({ configuration, sealer }: DoorParts): DownloadSigning | null {
  const { downloadUrl, downloadLinkSeconds } = configuration;
  if (downloadLinkSeconds === null) return null;
  return { origin: downloadUrl, seconds: downloadLinkSeconds, signatureOf: sealer.fingerprint };
}

async function gatewayTokenOf({ reader }: DoorParts['store'], tenant: number, hash: string) {
  const row = await findGatewayToken(reader, tenant, hash);
  if (row === undefined) return null;
  const { device_type: id, type_name: name } = row;
  return { type: id === null || name === null ? null : { id, name } };
}

function knownAnswers({ commits }: DoorParts): KnownAnswers {
  const drops = new DropLog();
  commits.onTouched((touched) => drops.drop(touched));
  commits.onMissed(() => drops.clear());
  return {
    drops,
    polls: new AnswerCache(drops, { newcomersPerPlace: NEWCOMERS_PER_PLACE }),
    // Asked for several times within a minute, and then never again: the newest count.
    descriptions: new AnswerCache(drops),
    idle: new BoundedMemory(MAX_IDLE_ANSWERS),
    templates: new BoundedMemory(MAX_DESCRIPTION_TEMPLATES),
  };
}
