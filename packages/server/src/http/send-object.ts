import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ByteRange, contentRange, frameRanges, type RangedObject, selectRanges } from './byte-ranges.ts';
import { judgePreconditions } from './preconditions.ts';
import type { Transfers } from './transfers.ts';

/** An open object: one descriptor. `read` fills the buffer from `position` and tells how many bytes it got; 0 is the end. */
export interface OpenedObject {
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

export type SendableObject = RangedObject & {
  readonly contentType: string;
  /** Further header fields, such as `Content-Disposition`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly open: () => Promise<OpenedObject>;
};

export type SendOptions = {
  readonly transfers: Transfers;
  /** Bytes `from` up to, not including, `to` have been handed to the network. Called in order inside each range. */
  readonly onProgress?: (from: number, to: number) => void;
};

export type SendOutcome =
  | { readonly kind: 'sent' }
  /** The client went away or stalled, or the object could not be read to its end; the connection is closed. */
  | { readonly kind: 'aborted'; readonly clientLeft: boolean; readonly cause: unknown };

/** 256 KiB twice as fast as 64; the one buffer of a download. */
const BUFFER_BYTES = 262_144;

/**
 * Answers GET or HEAD for an object on the raw response: 200, 206 (one range, or `multipart/byteranges`), 304, 412, 416.
 *
 * One descriptor and one buffer a download, filled anew only when the network has taken it. Whatever fails, also opening
 * the object, cuts the connection instead of answering: SWUpdate would install the body of an error, and comes back after
 * a cut. Never rejects. With Fastify, call `reply.hijack()` first.
 */
export async function sendObject(
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  object: SendableObject,
  options: SendOptions,
): Promise<SendOutcome> {
  const { request, response } = exchange;
  using _counted = options.transfers.begin();
  const plan = planAnswer(request, object);
  if (plan.pieces.length === 0) {
    response.writeHead(plan.status, plan.headers).end();
    return { kind: 'sent' };
  }
  try {
    await sendPieces(response, object, { plan, onProgress: options.onProgress });
    return { kind: 'sent' };
  } catch (cause) {
    response.destroy();
    return { kind: 'aborted', clientLeft: cause instanceof ClientLeft, cause };
  }
}

type Piece = Buffer | ByteRange;
type Plan = {
  readonly status: 200 | 206 | 304 | 412 | 416;
  readonly headers: Readonly<Record<string, string | number>>;
  /** What the body is made of; empty where there is none. */
  readonly pieces: readonly Piece[];
};

function planAnswer(request: IncomingMessage, object: SendableObject): Plan {
  const common = {
    ...object.headers,
    ETag: object.etag,
    'Last-Modified': new Date(object.lastModified).toUTCString(),
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
  };
  const verdict = judgePreconditions(request.headers, object);
  if (verdict === 'failed') return { status: 412, headers: { 'Content-Length': 0 }, pieces: [] };
  if (verdict === 'not-modified') return { status: 304, headers: common, pieces: [] };
  const full = { ...common, 'Content-Type': object.contentType, 'Content-Length': object.length };
  if (request.method === 'HEAD') return { status: 200, headers: full, pieces: [] };
  const { range, 'if-range': ifRange } = request.headers;
  const selection = selectRanges({ range, ifRange: ifRange as string | undefined }, object);
  if (selection.kind === 'unsatisfiable') {
    return {
      status: 416,
      headers: { ...common, 'Content-Range': `bytes */${object.length}`, 'Content-Length': 0 },
      pieces: [],
    };
  }
  if (selection.kind === 'ranges') return planRanges(selection.ranges, object, common);
  return { status: 200, headers: full, pieces: object.length === 0 ? [] : [{ start: 0, end: object.length - 1 }] };
}

function planRanges(
  ranges: readonly [ByteRange, ...ByteRange[]],
  object: SendableObject,
  common: Readonly<Record<string, string>>,
): Plan {
  const [range, ...others] = ranges;
  if (others.length === 0) {
    const headers = {
      ...common,
      'Content-Type': object.contentType,
      'Content-Range': contentRange(range, object.length),
      'Content-Length': range.end - range.start + 1,
    };
    return { status: 206, headers, pieces: [range] };
  }
  const boundary = randomBytes(16).toString('hex');
  const framing = frameRanges(ranges, { length: object.length, contentType: object.contentType, boundary });
  const pieces = ranges.flatMap((part, index) => [framing.heads[index] ?? Buffer.alloc(0), part]);
  return {
    status: 206,
    headers: { ...common, 'Content-Type': framing.contentType, 'Content-Length': framing.contentLength },
    pieces: [...pieces, framing.tail],
  };
}

async function sendPieces(
  response: ServerResponse,
  object: SendableObject,
  { plan, onProgress }: { readonly plan: Plan; readonly onProgress: SendOptions['onProgress'] },
): Promise<void> {
  const opened = await object.open();
  try {
    response.writeHead(plan.status, plan.headers);
    await writePieces(response, opened, { pieces: plan.pieces, onProgress });
    response.end();
  } finally {
    await opened.close();
  }
}

async function writePieces(
  response: ServerResponse,
  opened: OpenedObject,
  body: { readonly pieces: readonly Piece[]; readonly onProgress: SendOptions['onProgress'] },
): Promise<void> {
  const longest = Math.max(...body.pieces.map((piece) => (Buffer.isBuffer(piece) ? 0 : piece.end - piece.start + 1)));
  const buffer = Buffer.allocUnsafeSlow(Math.min(BUFFER_BYTES, longest));
  for (const piece of body.pieces) {
    if (Buffer.isBuffer(piece)) {
      await write(response, piece);
      continue;
    }
    for (let position = piece.start; position <= piece.end;) {
      const wanted = buffer.subarray(0, Math.min(buffer.length, piece.end - position + 1));
      const bytes = await opened.read(wanted, position);
      if (bytes === 0) throw new Error('the object is shorter than its row says');
      await write(response, wanted.subarray(0, bytes));
      body.onProgress?.(position, position + bytes);
      position += bytes;
    }
  }
}

/** Resolves when the network has taken the bytes, so that their buffer may be filled again. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new ClientLeft());
    if (response.destroyed || response.closed) return closed();
    response.once('close', closed);
    response.write(bytes, (error) => {
      response.off('close', closed);
      if (error) reject(new ClientLeft(error));
      else resolve();
    });
  });
}

class ClientLeft extends Error {
  constructor(cause?: unknown) {
    super('the client left, or took nothing for too long', { cause });
    this.name = 'ClientLeft';
  }
}
