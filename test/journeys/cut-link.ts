import { once } from 'node:events';
import net from 'node:net';

/** A link to a server that breaks each connection once it has brought `limitBytes` to the device, until it is mended. */
export class CutLink implements AsyncDisposable {
  readonly url: string;
  readonly #listener: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #limitBytes: number;
  #cuts = 0;

  private constructor(listener: net.Server, server: URL, limitBytes: number) {
    this.#listener = listener;
    this.#limitBytes = limitBytes;
    listener.on('connection', (device) => this.#join(device, server));
    this.url = `${server.protocol}//127.0.0.1:${(listener.address() as net.AddressInfo).port}`;
  }

  static async open(serverUrl: string, limitBytes: number): Promise<CutLink> {
    const listener = net.createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new CutLink(listener, new URL(serverUrl), limitBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  /** How many connections were broken. */
  get cuts(): number {
    return this.#cuts;
  }

  /** From now on there is no way to the server: connections that are open break, new ones are refused. */
  async cut(): Promise<void> {
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** From now on no connection breaks. */
  async mend(): Promise<void> {
    this.#limitBytes = Infinity;
    if (this.#listener.listening) return;
    this.#listener.listen(Number(new URL(this.url).port), '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  #join(device: net.Socket, { hostname, port }: URL): void {
    const server = net.connect(Number(port), hostname);
    let broughtBytes = 0;
    server.on('data', (chunk) => {
      broughtBytes += chunk.length;
      if (broughtBytes <= this.#limitBytes) return;
      this.#cuts += 1;
      device.resetAndDestroy();
    });
    device.pipe(server).pipe(device);
    for (const [socket, other] of [
      [device, server],
      [server, device],
    ] as const) {
      this.#sockets.add(socket);
      // A broken connection is what this link is for: each end learns of the other's by its close.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
