import { ApiFailure, API_PREFIX, errorOf } from '@updraft/protocols';
import type { DetailedError, HttpResponse, Upload, UploadOptions } from 'tus-js-client';
import type { UploadProgress } from '../progress/upload-progress.ts';
import type { Session } from '../session.ts';
import { fileReaderFor } from './file-source.ts';
import type { UnfinishedUpload } from './unfinished-uploads.ts';

/** Between tries; the count begins anew with each byte that gets through. In all some four minutes without one. */
const RETRY_PAUSES_MILLISECONDS = [0, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 60_000, 60_000];
/** A connection that moves no byte for so long is broken, although nobody said so. */
const STALLED_AFTER_MILLISECONDS = 60_000;

type TusUpload = {
  readonly session: Session;
  readonly file: string;
  readonly filename: string;
  readonly unfinished: UnfinishedUpload;
  readonly progress: UploadProgress;
};

/** Sends a file over tus 1.0, from where an earlier run stopped, and returns its address. Rejects as the API client does. */
export async function sendByTus(task: TusUpload): Promise<string> {
  const { Upload } = await import('tus-js-client');
  const { session, unfinished, progress } = task;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stall = stallGuard(() => void restart(upload, progress).catch(reject));
  const upload: Upload = new Upload(Buffer.alloc(0), {
    ...protocolOptions(task),
    uploadUrl: unfinished.url,
    fileReader: fileReaderFor(task.file, reject),
    onProgress: (sent, total) => {
      stall.moved(sent >= total);
      progress.sent(sent, total);
    },
    onSuccess: () => resolve(),
    onError: (error) => void refusalOf(error, session.api.baseUrl).then(reject, reject),
  });
  const interrupted = () => reject(new DOMException('Interrupted', 'AbortError'));
  session.shell.signal.addEventListener('abort', interrupted, { once: true });
  try {
    upload.start();
    await promise;
    return upload.url ?? '';
  } finally {
    stall.stop();
    session.shell.signal.removeEventListener('abort', interrupted);
    await upload.abort();
  }
}

function protocolOptions({ session, filename, unfinished, progress }: TusUpload): UploadOptions {
  return {
    endpoint: `${session.api.baseUrl}${API_PREFIX}/uploads`,
    metadata: { filename },
    headers: { authorization: session.authorization },
    fingerprint: async () => unfinished.fingerprint,
    urlStorage: unfinished.storage,
    retryDelays: RETRY_PAUSES_MILLISECONDS,
    removeFingerprintOnSuccess: false,
    onShouldRetry: (error) => {
      const status = statusOf(error);
      const isPassing = status === 0 || status >= 500 || status === 409 || status === 423 || status === 429;
      if (isPassing) progress.say('the connection was lost; trying again …');
      return isPassing;
    },
    // tus-js-client begins anew after any refused HEAD; only "there is no such upload" is a reason to.
    onAfterResponse: (request, response) => {
      if (request.getMethod() === 'HEAD' && response.getStatus() >= 300 && ![404, 410].includes(response.getStatus()))
        throw new RefusedHead(response);
    },
  };
}

class RefusedHead extends Error {
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    super(`HEAD was answered ${response.getStatus()}`);
    this.name = 'RefusedHead';
    this.response = response;
  }
}

function responseOf(error: Error | DetailedError): HttpResponse | null {
  if (!('causingError' in error)) return null;
  return (error.causingError as Error | null) instanceof RefusedHead
    ? (error.causingError as RefusedHead).response
    : error.originalResponse;
}

function statusOf(error: DetailedError): number {
  return responseOf(error)?.getStatus() ?? 0;
}

/** What tus-js-client gave up on, as an error of the API client. */
async function refusalOf(error: Error | DetailedError, server: string): Promise<Error> {
  const response = responseOf(error);
  if (response !== null) return errorOf(new Response(response.getBody() || null, { status: response.getStatus() }));
  return new ApiFailure(
    'connection-lost',
    `The connection to ${server} was lost; the same command goes on where it stopped.`,
    error,
  );
}

async function restart(upload: Upload, progress: UploadProgress): Promise<void> {
  progress.say('nothing moves; connecting anew …');
  await upload.abort();
  upload.start();
}

function stallGuard(onStall: () => void): { moved(isAllSent: boolean): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    moved: (isAllSent) => {
      clearTimeout(timer);
      // With every byte sent the server checks the file, which takes its time.
      if (!isAllSent) timer = setTimeout(onStall, STALLED_AFTER_MILLISECONDS);
    },
    stop: () => clearTimeout(timer),
  };
}
