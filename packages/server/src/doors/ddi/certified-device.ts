import type { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { Vouched } from './vouched-device.ts';

/** Who shows itself by a certificate on this connection; null where nobody does. */
export type CertifiedDevice = (socket: unknown) => Vouched | null;

/**
 * The server itself in the place of a proxy that vouches: a device that shows a certificate which one of `authorities` has
 * signed bears the common name of its subject. An issuer is told from the others by its signature, not by its name, so
 * that one who may sign for some devices cannot speak in the name of another.
 */
export function certifiedDevices(authorities: readonly X509Certificate[]): CertifiedDevice {
  if (authorities.length === 0) return () => null;
  const known = authorities.map((certificate) => ({ certificate, names: authorityNames(certificate) }));
  // A connection has one certificate, and is asked of it at each of its requests.
  const seen = new WeakMap<TLSSocket, Vouched | null>();
  return (socket) => {
    if (!(socket instanceof TLSSocket)) return null;
    const before = seen.get(socket);
    if (before !== undefined) return before;
    const vouched = vouchedBy(socket, known);
    seen.set(socket, vouched);
    return vouched;
  };
}

type Authority = { readonly certificate: X509Certificate; readonly names: readonly string[] };

function vouchedBy(socket: TLSSocket, known: readonly Authority[]): Vouched | null {
  // Both: a session that is taken up again counts as authorized also where it has no certificate.
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return null;
  const issuers = known.filter((one) => hasSigned(one.certificate, certificate));
  const name: unknown = certificate.toLegacyObject().subject?.CN;
  if (issuers.length === 0 || typeof name !== 'string') return null;
  return { device: name, authorities: issuers.flatMap(({ names }) => names) };
}

function hasSigned(authority: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/**
 * By what a tenant names an authority (`headerAuthorities`): the common name of its subject, or the SHA-256 fingerprint of
 * its certificate as `openssl x509 -fingerprint -sha256` prints it; in lower case.
 */
function authorityNames(certificate: X509Certificate): readonly string[] {
  const name: unknown = certificate.toLegacyObject().subject?.CN;
  const fingerprint = certificate.fingerprint256.toLowerCase();
  return typeof name === 'string' ? [name.trim().toLowerCase(), fingerprint] : [fingerprint];
}
