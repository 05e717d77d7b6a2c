import { RIGHTS } from '@updraft/core';
import { basic, type TestServer } from '../a-server.ts';
import type { KnownThings } from '../fuzz/known-things.ts';

/** Somebody of the tenant DEFAULT, and whom his credential is for. */
export type Credential = {
  readonly kind: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is good at home; null: nowhere. */
  readonly opens: 'management' | 'devices' | null;
  /** Sees what people see: the more, the more is tried. */
  readonly samples: number;
};

export const NARROW_TYPE = 'narrow';
export const TRUSTED_ISSUER = 'ca';

/** One of each kind that there is. `device`: who a device's own token and a proxy's word are of. */
export async function credentialsOf(
  server: TestServer,
  { known, device }: { readonly known: KnownThings; readonly device: string },
): Promise<readonly Credential[]> {
  const { api } = server;
  const password = 'another horse';
  await api.call('users.create', { body: { name: 'powerless', password, rights: [] } });
  const revoked = await api.call('tokens.create', { body: { name: 'revoked' } });
  await api.call('tokens.delete', { params: { id: revoked.id } });
  await api.call('device-types.create', { body: { name: NARROW_TYPE } });
  const narrow = await api.call('gateway-tokens.create', { body: { name: 'narrow', deviceType: NARROW_TYPE } });
  const withdrawn = await api.call('gateway-tokens.create', { body: { name: 'withdrawn' } });
  await api.call('gateway-tokens.delete', { params: { id: withdrawn.id } });
  await api.call('settings.change', { body: { trustedHeader: true, headerAuthorities: TRUSTED_ISSUER } });
  const machines = await Promise.all(
    RIGHTS.map(async (right) => {
      const { secret } = await api.call('tokens.create', { body: { name: `may ${right}`, rights: [right] } });
      return management(`a token with the right ${right}`, `Bearer ${secret}`);
    }),
  );
  const { secret: bare } = await api.call('tokens.create', { body: { name: 'may nothing' } });
  return [
    { ...management('a user with every right', server.authorization), samples: 3 },
    management('a user with no right', basic('powerless', password)),
    ...machines,
    management('a token with no right', `Bearer ${bare}`),
    {
      kind: 'a device’s own token',
      headers: { authorization: known.targetToken(device) },
      opens: 'devices',
      samples: 1,
    },
    {
      kind: 'a gateway’s token',
      headers: { authorization: known.authorizations.gateway },
      opens: 'devices',
      samples: 1,
    },
    {
      kind: 'a gateway’s token for one type',
      headers: { authorization: `GatewayToken ${narrow.secret}` },
      opens: 'devices',
      samples: 1,
    },
    { kind: 'a revoked token', headers: { authorization: `Bearer ${revoked.secret}` }, opens: null, samples: 1 },
    {
      kind: 'a withdrawn gateway’s token',
      headers: { authorization: `GatewayToken ${withdrawn.secret}` },
      opens: null,
      samples: 1,
    },
    { kind: 'a named proxy’s word', headers: { 'x-authority': TRUSTED_ISSUER }, opens: 'devices', samples: 1 },
    { kind: 'nothing', headers: {}, opens: null, samples: 1 },
  ];
}

function management(kind: string, authorization: string): Credential {
  return { kind, headers: { authorization }, opens: 'management', samples: 1 };
}
