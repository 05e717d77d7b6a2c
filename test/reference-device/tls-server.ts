import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { makeServerCertificate } from '../devices/certificates.ts';
import { programsOrSkip } from '../programs/debian.ts';

export type TlsServer = AsyncDisposable & {
  readonly url: string;
  readonly caFile: string;
  /** A folder that lives as long as the server. */
  readonly folder: string;
  /** From now on this is the time that it tells; undefined is the machine's. */
  tellTime: (time: Date | undefined) => void;
};

/** The least that a device takes for a server: it answers over TLS and tells a time. Undefined after a skip. */
export async function openTlsServer(t: TestContext): Promise<TlsServer | undefined> {
  if (programsOrSkip(t, ['openssl']) === undefined) return undefined;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tls-server-'));
  const { caFile, certificateFile, keyFile } = await makeServerCertificate(folder);
  const server = createServer({ cert: await readFile(certificateFile), key: await readFile(keyFile) });
  let told: Date | undefined;
  server.on('request', (_, response) => {
    if (told !== undefined) response.setHeader('date', told.toUTCString());
    response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile,
    folder,
    tellTime: (time) => {
      told = time;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
