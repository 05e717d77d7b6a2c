import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { OfferedArtifact } from './ddi-answers.ts';
import { authorizationOf, behaviourOf, clientOf, pause, type Device } from './device.ts';

/** Looks for a cancellation while bytes arrive; true when there is one. */
export type CancelWatch = () => Promise<boolean>;

export type Download =
  | { readonly outcome: 'whole' }
  | { readonly outcome: 'broken'; readonly details: readonly string[] }
  | { readonly outcome: 'canceled' | 'fell-silent' | 'stopped' };

type Course = {
  readonly device: Device;
  readonly artifact: OfferedArtifact;
  readonly size: number | null;
  readonly canceled: CancelWatch;
  readonly hash: ReturnType<typeof createHash>;
  received: number;
  interruptions: number;
};
/** How reading one connection went: to the end, cut (so: resume), or to something final. */
type Piece = 'end' | 'cut' | 'canceled' | 'fell-silent';

const OK = 200;
const PARTIAL = 206;

/** Fetches an artifact as SWUpdate does: HEAD, GET, after a cut `Range: bytes=N-`, and the sha1 over all parts. */
export async function download(device: Device, artifact: OfferedArtifact, canceled: CancelWatch): Promise<Download> {
  const hash = createHash('sha1');
  const size = await sizeOf(device, artifact);
  const course: Course = { device, artifact, size, canceled, hash, received: 0, interruptions: 0 };
  const { downloadRetries, downloadRetrySeconds } = device.world.settings;
  for (let attempt = 0; attempt <= downloadRetries; attempt++) {
    if (attempt > 0 && !(await pause(device, downloadRetrySeconds))) return { outcome: 'stopped' };
    const fetched = await fetchRest(course);
    if (fetched !== 'cut') return fetched;
    if (device.world.timeline.closed) return { outcome: 'stopped' };
  }
  return broken('ERROR : Channel get operation aborted because of too many failed download attempts');
}

/** The HEAD only feeds SWUpdate's progress display: where it fails nothing else is lost. Here it tells where to be interrupted. */
async function sizeOf(device: Device, { href }: OfferedArtifact): Promise<number | null> {
  const opened = await device.world.wire.open({
    kind: 'head',
    method: 'HEAD',
    url: href,
    authorization: authorizationOf(device),
    client: clientOf(device),
  });
  if (opened.outcome === 'unanswered') return null;
  opened.body.resume();
  const length = Number(opened.body.headers['content-length']);
  return opened.status === OK && Number.isSafeInteger(length) ? length : null;
}

async function fetchRest(course: Course): Promise<Download | 'cut'> {
  const { device, artifact } = course;
  const resumed = course.received > 0;
  const opened = await device.world.wire.open({
    kind: 'artifact',
    method: 'GET',
    url: artifact.href,
    authorization: authorizationOf(device),
    client: clientOf(device),
    ...(resumed ? { from: course.received } : {}),
  });
  if (opened.outcome === 'unanswered') return 'cut';
  if (opened.status !== (resumed ? PARTIAL : OK)) {
    opened.body.destroy();
    // The body of a refusal goes into SWUpdate's installer, a resumed one is libcurl's error 33: both end the action.
    return broken(
      resumed ? 'ERROR : Requested range was not delivered by the server' : 'ERROR : CPIO Format not recognized',
    );
  }
  const piece = await readPiece(course, opened.body);
  if (piece !== 'end') return piece === 'cut' ? 'cut' : { outcome: piece };
  return course.hash.digest('hex') === artifact.sha1
    ? { outcome: 'whole' }
    : broken(`ERROR : Checksum does not match: ${artifact.filename}`);
}

async function readPiece(course: Course, body: IncomingMessage): Promise<Piece> {
  const behaviour = behaviourOf(course.device);
  const startedAt = course.device.world.timeline.now();
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      course.hash.update(chunk);
      course.received += chunk.length;
      bytes += chunk.length;
      course.device.world.statistics.received(chunk.length);
      if (isInterrupted(course)) return behaviour.interruption === 'silence' ? 'fell-silent' : 'cut';
      if (await course.canceled()) return 'canceled';
      if (behaviour.bytesPerSecond !== null) await keepRate(course.device, startedAt, bytes / behaviour.bytesPerSecond);
    }
  } catch (cause) {
    if (cause instanceof Error) return 'cut';
    throw cause;
  }
  return 'end';
}

/** As often as the behaviour says, evenly from its first place on. Leaving the loop destroys the connection. */
function isInterrupted(course: Course): boolean {
  const { interruption, interruptedAt, cuts } = behaviourOf(course.device);
  if (interruption === 'none' || course.interruptions >= cuts) return false;
  const at = interruptedAt + ((1 - interruptedAt) * course.interruptions) / cuts;
  if (course.received < (course.size ?? 0) * at) return false;
  course.interruptions += 1;
  return true;
}

/** Waits where more has come than the rate allows; what is not read fills the sockets and slows the server down. */
async function keepRate(device: Device, startedAt: number, dueAfterSeconds: number): Promise<void> {
  const aheadSeconds = dueAfterSeconds - (device.world.timeline.now() - startedAt) / 1000;
  if (aheadSeconds > 0) await pause(device, aheadSeconds);
}

function broken(...details: readonly string[]): Download {
  return { outcome: 'broken', details };
}
