import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import tls from 'node:tls';
import { startServerProcess, type ServerProcess } from '@updraft/fleet';
import { apiClient, type ApiClient } from '@updraft/protocols';
import type { ServerCertificate } from '../devices/certificates.ts';
import { lastingPort } from '../programs/lasting-port.ts';

export type JourneyServerOptions = {
  /** Where its data directory is made. */
  readonly folder: string;
  /** Absent: it speaks plain HTTP. */
  readonly certificate?: ServerCertificate;
  /** Settings beside those that are made up here, such as `UPDRAFT_DATABASE_URL`. */
  readonly environment?: Readonly<Record<string, string>>;
};

/**
 * `updraft serve` as a process of its own. A journey may kill it and start it again: its data, its port and its first user
 * stay. This test's process trusts the CA of its certificate from then on, beside those that it trusted before.
 */
export class JourneyServer implements AsyncDisposable {
  readonly url: string;
  /** Speaks as the first user. */
  readonly api: ApiClient;
  /** Where its objects, and with SQLite all else, are kept. */
  readonly dataDir: string;
  readonly #settings: Settings;
  #process: ServerProcess;
  #earlierOutput = '';

  private constructor(process: ServerProcess, settings: Settings) {
    this.#process = process;
    this.#settings = settings;
    this.url = process.url;
    this.dataDir = settings.dataDir;
    const { UPDRAFT_ADMIN_USER: user, UPDRAFT_ADMIN_PASSWORD: password } = settings.environment;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    this.api = apiClient({ baseUrl: process.url, authorization });
  }

  /** Resolves when the server answers that it is ready. */
  static async start({ folder, certificate, environment }: JourneyServerOptions): Promise<JourneyServer> {
    const settings = {
      dataDir: path.join(folder, 'data'),
      environment: {
        UPDRAFT_LISTEN: `127.0.0.1:${await lastingPort()}`,
        UPDRAFT_ADMIN_USER: 'operator',
        UPDRAFT_ADMIN_PASSWORD: randomBytes(12).toString('base64url'),
        ...(certificate === undefined ? {} : await trusted(certificate)),
        ...environment,
      },
    };
    return new JourneyServer(await start(settings), settings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  /** Ends it at once, as a power cut of the machine would, less what only the disk could lose. */
  async kill9(): Promise<void> {
    // The launcher leads a process group: the server and its threads end with it.
    process.kill(-this.#process.pid, 'SIGKILL');
    await this.#process[Symbol.asyncDispose]();
  }

  /** The next start, on the same data and port; resolves when the server is ready. */
  async restart(): Promise<void> {
    this.#earlierOutput += this.#process.output();
    this.#process = await start(this.#settings);
  }

  /** What all its processes have printed; of each, the end. */
  get output(): string {
    return this.#earlierOutput + this.#process.output();
  }

  /** How often this process answered a route so, by its own count: `{ route: '…/artifacts/:file', status: 206 }`. */
  async countAnswers({ route, status }: { readonly route: RegExp; readonly status: number }): Promise<number> {
    const metrics = await (await fetch(`${this.url}/metrics`)).text();
    const rows = metrics.matchAll(/^updraft_http_requests_total\{(.*)\} (\d+)$/gm);
    return [...rows].reduce((sum, [, labels = '', count]) => {
      const isIt = route.test(/route="([^"]*)"/.exec(labels)?.[1] ?? '') && labels.includes(`status="${status}"`);
      return isIt ? sum + Number(count) : sum;
    }, 0);
  }
}

/** Trusts the CA of a certificate, and gives the settings of a server that shows it. */
async function trusted({
  caFile,
  certificateFile,
  keyFile,
}: ServerCertificate): Promise<Readonly<Record<string, string>>> {
  const ca = await readFile(caFile, 'utf8');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
  return { UPDRAFT_TLS_CERT: certificateFile, UPDRAFT_TLS_KEY: keyFile };
}

type Settings = { readonly dataDir: string; readonly environment: Readonly<Record<string, string>> };

function start({ dataDir, environment }: Settings): Promise<ServerProcess> {
  return startServerProcess({ dataDir, environment, signal: new AbortController().signal });
}
