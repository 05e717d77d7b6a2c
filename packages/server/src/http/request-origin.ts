/** A request as far as it tells under which origin its client found us. */
type Found = { readonly protocol: string; readonly host: string };

/**
 * Scheme, host and port under which the client found us: the public URL where one is set, else the request's Host.
 * X-Forwarded-Host and -Proto count only from named proxies (Fastify's trustProxy sees to that).
 */
export function originOf(request: Found, publicUrl: string | null): string {
  return publicUrl ?? `${request.protocol}://${request.host}`;
}
