import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { DdiReply, DdiRequest } from './exchange.ts';

/** A request of the short way; its body is set once it is read. */
export type ShortRequest = DdiRequest & { body: Buffer | undefined };

const NO_QUERY = {};

export function shortRequest(message: IncomingMessage, params: object, log: DdiRequest['log']): ShortRequest {
  const { headers, url = '' } = message;
  const protocol = (message.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  const origin = { protocol, host: headers.host ?? '' };
  return {
    url,
    params,
    query: NO_QUERY,
    body: undefined,
    headers,
    raw: message,
    ...origin,
    log,
    asking: null,
    reporting: null,
  };
}

const NO_BYTES = Buffer.alloc(0);

/** The whole body, whose Content-Length was looked at; null where the client left before its end. */
export function readBody(message: IncomingMessage): Buffer | Promise<Buffer | null> {
  // Small bodies come with their head.
  return message.complete ? ((message.read() as Buffer | null) ?? NO_BYTES) : readPieces(message);
}

function readPieces(message: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    message.on('data', (piece: Buffer) => pieces.push(piece));
    message.on('end', () => resolve(pieces.length === 1 ? (pieces[0] ?? null) : Buffer.concat(pieces)));
    message.on('error', () => resolve(null));
    message.on('close', () => resolve(null));
  });
}

/** Writes an answer as the framework does: head and body in one piece, with its length. */
export class ShortReply implements DdiReply {
  readonly #response: ServerResponse;
  readonly #onSent: (status: number) => void;
  readonly #headers: Record<string, string | number> = {};
  #status = 200;

  constructor(response: ServerResponse, onSent: (status: number) => void) {
    this.#response = response;
    this.#onSent = onSent;
  }

  code(status: number): this {
    this.#status = status;
    return this;
  }

  header(name: string, value: string | number): this {
    this.#headers[name] = value;
    return this;
  }

  type(mediaType: string): this {
    return this.header('content-type', mediaType);
  }

  send(body?: string | Buffer): this {
    if (body !== undefined) this.header('content-length', Buffer.byteLength(body));
    const type = this.#headers['content-type'];
    if (typeof body === 'string' && type !== undefined) this.type(`${type}; charset=utf-8`);
    this.#response.writeHead(this.#status, this.#headers);
    this.#response.end(body);
    this.#onSent(this.#status);
    return this;
  }
}
