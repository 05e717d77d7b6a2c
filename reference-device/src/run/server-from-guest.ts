import { once } from 'node:events';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { DeviceError } from './device-error.ts';
import { HOST_SEEN_FROM_GUEST } from './machine-settings.ts';

const CONNECT_WITHIN_MS = 10_000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** A server as a device under QEMU reaches it: this host's loopback has another address there. */
export function addressFromGuest(server: string): string {
  const url = new URL(server);
  if (LOOPBACK.test(url.hostname)) url.hostname = HOST_SEEN_FROM_GUEST;
  return url.href.replace(/\/+$/, '');
}

/**
 * The authority that a device must trust, in PEM: `caPem` where it is known, else the last certificate of the chain that the server
 * shows and this machine trusts. Refuses with `server-without-tls`, and with `certificate-names` a server whose certificate does not
 * hold the address by which devices reach it.
 */
export async function authorityOf(server: string, caPem: string | null): Promise<string> {
  const url = new URL(server);
  if (url.protocol !== 'https:')
    throw new DeviceError(
      'refused',
      'server-without-tls',
      `${server} has no TLS, and a reference device speaks to none such.`,
    );
  const chain = await chainOf(url);
  const seen = new URL(addressFromGuest(server)).hostname;
  const [own] = chain;
  if (own !== undefined && tls.checkServerIdentity(seen, own) !== undefined)
    throw new DeviceError(
      'refused',
      'certificate-names',
      `The certificate of ${server} is for ${own.subjectaltname ?? 'no name'}. A device under QEMU reaches this machine as ${seen}: add "IP:${seen}" to it.`,
    );
  return caPem ?? pemOf(chain.at(-1)?.raw ?? Buffer.alloc(0));
}

async function chainOf(url: URL): Promise<readonly tls.DetailedPeerCertificate[]> {
  const port = url.port === '' ? 443 : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket = tls.connect({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_WITHIN_MS) });
    const chain: tls.DetailedPeerCertificate[] = [];
    let next = socket.getPeerCertificate(true);
    // The root names itself as its issuer.
    while (!chain.some(({ fingerprint256 }) => fingerprint256 === next.fingerprint256)) {
      chain.push(next);
      next = next.issuerCertificate ?? next;
    }
    return chain;
  } catch (cause) {
    throw new DeviceError('unreachable', 'server-unreachable', `No TLS connection to ${url.href} could be made.`, {
      cause,
    });
  } finally {
    socket.destroy();
  }
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
