import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ServerCertificate } from '../devices/certificates.ts';

export type CertificateGate = AsyncDisposable & { readonly url: string };

/**
 * The reverse proxy of those who let devices in by certificate: nobody without one of `clientCaFile` comes through, and the server is
 * told its name and its issuer's (UPDRAFT_DEVICE_HEADER, UPDRAFT_AUTHORITY_HEADER). It shows the server's own certificate.
 */
export async function openCertificateGate(
  serverUrl: string,
  { shown, clientCaFile }: { readonly shown: ServerCertificate; readonly clientCaFile: string },
): Promise<CertificateGate> {
  const [cert, key, ca] = await Promise.all(
    [shown.certificateFile, shown.keyFile, clientCaFile].map((file) => readFile(file)),
  );
  if (cert === undefined || key === undefined || ca === undefined) throw new Error('a file of the gate is missing');
  const agent = new https.Agent({ keepAlive: true });
  const gate = https.createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
  gate.on('request', (request, response) => {
    const { subject, issuer } = (request.socket as TLSSocket).getPeerCertificate();
    const headers = { ...request.headers, 'x-controller-id': subject.CN, 'x-authority': issuer.CN };
    const wish = { method: request.method, headers, agent };
    const onward = https.request(new URL(request.url ?? '/', serverUrl), wish, (answer) => {
      answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  return {
    url: `https://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      gate.close();
      gate.closeAllConnections();
      agent.destroy();
    },
  };
}
