import { connect, type Socket } from 'node:net';

/** An answer as it came: the status, and where the body lies in `bytes`. */
export type LaneAnswer = { readonly status: number; readonly bytes: Buffer; readonly bodyAt: number };

const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS_AT = 9;

/**
 * One kept connection that speaks HTTP/1.1 by hand: one request outstanding, whole requests written as they are, answers
 * measured by their Content-Length. It takes a fifth of the CPU time of node:http's client, which would be the bottleneck of a
 * measurement beside a server on two cores.
 */
export class Lane implements Disposable {
  readonly #socket: Socket;
  #pending: Buffer | null = null;
  #answered: ((answer: LaneAnswer) => void) | null = null;
  #failed: (cause: Error) => void;
  #cause: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#failed = () => undefined;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    const fail = (cause: Error): void => {
      this.#cause = cause;
      this.#failed(cause);
    };
    socket.on('error', fail);
    socket.on('close', () => fail(this.#cause ?? new Error('the server closed the connection')));
  }

  static open(port: number): Promise<Lane> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Lane(socket));
      });
    });
  }

  /** Sends a request while none is outstanding; `answered` is called with what comes back, `failed` where the connection ends instead. */
  send(request: Buffer, answered: (answer: LaneAnswer) => void, failed: (cause: Error) => void): void {
    if (this.#cause !== null) return failed(this.#cause);
    this.#answered = answered;
    this.#failed = failed;
    this.#socket.write(request);
  }

  ask(request: Buffer): Promise<LaneAnswer> {
    return new Promise((resolve, reject) => this.send(request, resolve, reject));
  }

  [Symbol.dispose](): void {
    this.#failed = () => undefined;
    this.#socket.destroy();
  }

  #take(piece: Buffer): void {
    const bytes = this.#pending === null ? piece : Buffer.concat([this.#pending, piece]);
    const headEnd = bytes.indexOf(HEAD_END);
    const bodyAt = headEnd + HEAD_END.length;
    const length = headEnd < 0 ? Infinity : contentLength(bytes, headEnd);
    if (bytes.length < bodyAt + length) {
      this.#pending = bytes;
      return;
    }
    this.#pending = null;
    const status = Number(bytes.toString('latin1', STATUS_AT, STATUS_AT + 3));
    this.#answered?.({ status, bytes, bodyAt });
  }
}

export function bodyOf({ bytes, bodyAt }: LaneAnswer): string {
  return bytes.toString('utf8', bodyAt);
}

function contentLength(bytes: Buffer, headEnd: number): number {
  const match = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headEnd));
  return match === null ? 0 : Number(match[1]);
}

/** The bytes of a request with the headers that SWUpdate sends. */
export function ddiRequest(call: {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body?: string;
}): Buffer {
  const { method, path, token, body } = call;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'User-Agent: libcurl-agent/1.0',
    'Content-Type: application/json',
    'Accept: application/json',
    'charsets: utf-8',
    `Authorization: TargetToken ${token}`,
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}
