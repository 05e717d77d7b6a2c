/** A request as far as it tells under which origin its client found us. */
type Found = {
  readonly protocol: string;
  readonly host: string;
  readonly raw: {
    readonly socket: { readonly localAddress?: string | undefined; readonly localPort?: number | undefined };
  };
};

/**
 * Scheme, host and port under which the client found us: the public URL where one is set, else the request's Host, and where
 * HTTP/1.0 names none the address that it came to. X-Forwarded-Host and -Proto count only from named proxies (Fastify's
 * trustProxy sees to that).
 */
export function originOf(request: Found, publicUrl: string | null): string {
  return publicUrl ?? `${request.protocol}://${request.host === '' ? addressOf(request.raw.socket) : request.host}`;
}

function addressOf({ localAddress = '', localPort }: Found['raw']['socket']): string {
  const address = localAddress.replace(/^::ffff:(?=\d+\.)/i, '');
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
