import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer, createTlsServer } from './node-http.ts';

/** A device that polls each minute or two keeps its connection; load balancers give up after 60 s, which is before us. */
const KEEP_ALIVE_SECONDS = 130;
/** From the first byte of a request to the end of its headers. */
const HEADERS_SECONDS = 20;
/** SWUpdate's delta handler sends up to 32 KiB of address and ranges in one request; Node's own limit is 16. */
const HEADERS_MAX_BYTES = 48 * 1024;
/** Without a byte either way: a stalled download is resumed by Range, a stalled upload by tus. */
const IDLE_SECONDS = 300;

/** Answers a request before the framework sees it; false where it leaves it as it is. */
export type Shortcut = (request: IncomingMessage, response: ServerResponse) => boolean;

export type TlsMaterial = {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Whom clients' certificates may come from; none: nobody is asked for one. */
  readonly clientAuthorities: readonly X509Certificate[];
};

/**
 * node:http, or node:https for HTTP/1.1 only (no h2 by ALPN). A request as a whole has no time limit, because an
 * artifact may take hours to arrive over a slow line; silence has one.
 */
export function serverFactory(
  tls: TlsMaterial | null,
  shortcuts: readonly Shortcut[],
): (listener: RequestListener) => Server {
  const options = {
    keepAliveTimeout: KEEP_ALIVE_SECONDS * 1000,
    headersTimeout: HEADERS_SECONDS * 1000,
    requestTimeout: 0,
    maxHeaderSize: HEADERS_MAX_BYTES,
    noDelay: true,
  };
  return (framework) => {
    const listener: RequestListener = (request, response) => {
      if (!shortcuts.some((shortcut) => shortcut(request, response))) framework(request, response);
    };
    const server =
      tls === null ? createServer(options, listener) : createTlsServer({ ...options, ...tlsOptions(tls) }, listener);
    server.setTimeout(IDLE_SECONDS * 1000);
    return server;
  };
}

/** Who has no certificate, or another one, comes in as before: what it may is not judged here. */
function tlsOptions({ cert, key, clientAuthorities }: TlsMaterial) {
  const asking = {
    requestCert: true,
    rejectUnauthorized: false,
    ca: clientAuthorities.map(String),
    // A file may name the authority that signs and not the one above it.
    allowPartialTrustChain: true,
  };
  const own = { cert, key, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const;
  return clientAuthorities.length === 0 ? own : { ...own, ...asking };
}
