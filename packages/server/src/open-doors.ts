import { autoConsentOf, findGatewayToken, pollStampsOf, preparePollReader, type Store } from '@updraft/store';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { CommitListeners } from './commit-listeners.ts';
import { AnswerCache } from './device-contact/answer-cache.ts';
import { lookUpAttempts } from './device-contact/attempt-lookup.ts';
import { rememberGates } from './device-contact/gate-memory.ts';
import { LastContacts } from './device-contact/last-contacts.ts';
import { rememberReleaseContents } from './device-contact/release-contents.ts';
import { StampCheck } from './device-contact/stamp-check.ts';
import type { ArtifactObjects } from './doors/ddi/door.ts';
import { DownloadMarks } from './doors/ddi/download-marks.ts';
import { mountDdi } from './doors/ddi/mount-ddi.ts';
import type { Metrics } from './http/metrics.ts';
import type { Transfers } from './http/transfers.ts';
import type { Commands } from './use-cases/commands.ts';

export type DoorParts = {
  readonly store: Store<Commands>;
  readonly objects: ArtifactObjects;
  readonly transfers: Transfers;
  readonly publicUrl: string | null;
  readonly commits: CommitListeners;
  readonly metrics: Pick<Metrics, 'countPoll' | 'countGates'>;
  readonly log: FastifyBaseLogger;
};

export interface Doors extends AsyncDisposable {
  /** One a protocol. */
  readonly mounts: readonly ((app: FastifyInstance) => Promise<void>)[];
  /** Writes the contacts that are still noted in memory. */
  readonly writeContacts: () => Promise<void>;
}

/** Builds the doors that devices come in by. Disposing writes what is still noted in memory. */
export function openDoors(parts: DoorParts): Doors {
  const { store, objects, transfers, publicUrl, log } = parts;
  const releases = rememberReleaseContents(store.reader);
  const contacts = new LastContacts({
    save: async (slice) => store.commands.run('device.save-contacts', slice),
    onError: (err) => log.warn({ err }, 'contacts could not be written; tried again'),
  });
  const door = {
    readDevice: preparePollReader(store.reader, rememberGates({ reader: store.reader, releases, now: store.clock })),
    now: store.clock,
    knowsGatewayToken: async (tenant: number, hash: string) =>
      (await findGatewayToken(store.reader, tenant, hash)) !== undefined,
    attempts: lookUpAttempts(store.reader),
    autoConsentOf: (device: number) => autoConsentOf(store.reader, device),
    releases,
    commands: store.commands,
    contacts,
    countPoll: () => parts.metrics.countPoll('ddi'),
    countGates: parts.metrics.countGates,
    answers: rememberedAnswers(parts),
    stamps: store.dialect === 'postgres' ? new StampCheck((devices) => pollStampsOf(store.reader, devices)) : null,
    marks: new DownloadMarks(),
    objects,
    transfers,
    publicUrl,
  };
  return {
    mounts: [(app) => mountDdi(app, door)],
    writeContacts: async () => {
      // One that is under way leaves what was noted since to the next.
      await contacts.flush();
      await contacts.flush();
    },
    [Symbol.asyncDispose]: () => contacts[Symbol.asyncDispose](),
  };
}

function rememberedAnswers({ commits }: DoorParts): AnswerCache {
  const answers = new AnswerCache();
  commits.onTouched((touched) => answers.drop(touched));
  commits.onMissed(() => answers.clear());
  return answers;
}
