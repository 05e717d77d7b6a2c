export type Credential =
  | { readonly scheme: 'basic'; readonly name: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string };

/** Reads Authorization: Basic (RFC 7617, UTF-8) or Bearer (RFC 6750); null for anything else. */
export function parseAuthorization(header: string | undefined): Credential | null {
  const match = /^(basic|bearer) +([A-Za-z0-9+/=._~-]+) *$/i.exec(header ?? '');
  const text = match?.[2] ?? '';
  if (match?.[1]?.toLowerCase() === 'bearer') return { scheme: 'bearer', token: text };
  const pair = Buffer.from(text, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 1 ? null : { scheme: 'basic', name: pair.slice(0, colon), password: pair.slice(colon + 1) };
}
