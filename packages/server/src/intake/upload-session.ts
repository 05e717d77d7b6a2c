import type { RecordedFile } from './bundle-record.ts';
import { type Following, InspectorFailed, type Inspector } from './inspector.ts';
import type { ChecksumAlgorithm } from './inspector-messages.ts';
import { type BodySource, type Reception, receiveBody } from './receive-body.ts';
import { openUploadFile, type UploadFile } from './upload-file.ts';

export type BodyChecksum = { readonly algorithm: ChecksumAlgorithm; readonly base64: string };

export type BodyOptions = {
  /** The file may not become larger. */
  readonly maxBytes: number;
  readonly checksum: BodyChecksum | null;
  /** Aborted: the request is cut off, because its client has come back. */
  readonly newcomer: AbortSignal;
};

/** One upload under way: its file, and the inspector that follows it. Used by one request at a time. */
export interface UploadSession {
  readonly path: string;
  /** Bytes that survive a crash. */
  readonly safe: number;
  /** Appends a body. With a `checksum` that differs from the body's, the body is taken back. */
  receive(request: BodySource, options: BodyOptions): Promise<Reception | 'checksum-mismatch'>;
  /** All bytes are there: what they are. */
  facts(): Promise<RecordedFile>;
  close(): Promise<void>;
}

/** Opens a file that is new or was left by an earlier process; what is in it is hashed from its first byte. */
export async function openUploadSession(path: string, inspector: Inspector): Promise<UploadSession> {
  const file = await openUploadFile(path);
  let following = follow(inspector, file);
  let facts: Promise<RecordedFile> | null = null;

  function followAnew(): void {
    following.abandon();
    following = follow(inspector, file);
  }

  /** Bytes with a checksum are hashed only once it is known to be right: what was hashed cannot be taken back. */
  async function receiveChecked(source: BodySource, maxBytes: number, checksum: BodyChecksum) {
    const from = file.safe;
    const reception = await receiveBody(source, file, { maxBytes, following: null });
    const { algorithm } = checksum;
    const isRight =
      reception === 'complete' &&
      (await inspector.digest(path, { from, to: file.safe, algorithm })) === checksum.base64;
    if (isRight) following.grow(file.safe);
    else await file.cut(from);
    return reception === 'complete' && !isRight ? 'checksum-mismatch' : reception;
  }

  /** The thread may have ended because of another file: once, this one is read again from its first byte. */
  async function finish(): Promise<RecordedFile> {
    try {
      return await following.finish(file.safe);
    } catch (error) {
      if (!(error instanceof InspectorFailed)) throw error;
      followAnew();
      return following.finish(file.safe);
    }
  }

  return {
    path,
    get safe() {
      return file.safe;
    },
    async receive(request, { maxBytes, checksum, newcomer }) {
      const cutOff = () => request.destroy();
      if (newcomer.aborted) cutOff();
      newcomer.addEventListener('abort', cutOff, { once: true });
      try {
        if (checksum !== null) return await receiveChecked(request, maxBytes, checksum);
        const reception = await receiveBody(request, file, { maxBytes, following });
        if (reception === 'storage-full') followAnew();
        return reception;
      } finally {
        newcomer.removeEventListener('abort', cutOff);
      }
    },
    facts() {
      facts ??= finish().catch((error: unknown) => {
        facts = null;
        followAnew();
        throw error;
      });
      return facts;
    },
    async close() {
      following.abandon();
      await file.close();
    },
  };
}

function follow(inspector: Inspector, file: UploadFile): Following {
  const following = inspector.follow(file.path);
  following.grow(file.safe);
  return following;
}
