import { aServer, ADMIN, PASSWORD, type Owner as Test, type TestServer } from '../a-server.ts';
import { type KnownThings, type Place, stock } from '../fuzz/known-things.ts';
import { openWire, type Wire } from '../wire.ts';
import { type Credential, credentialsOf, NARROW_TYPE, TRUSTED_ISSUER } from './credentials.ts';

/** Stands in everything that is said of the other tenant's things, and in its tokens. */
export const FOREIGN_MARK = 'of-the-other-tenant';
const STRANGER = { name: 'stranger', password: 'a third horse' };

/** Two tenants on one server: DEFAULT, whose credentials are tried, and another, which they have no business with. */
export type ForeignWorld = {
  readonly server: TestServer;
  readonly wire: Wire;
  readonly home: KnownThings;
  /** The other tenant's things; none of their numbers is one of DEFAULT. */
  readonly foreign: KnownThings;
  readonly foreignTenant: number;
  readonly credentials: readonly Credential[];
  /** Whose token and whose proxy's word are tried, and one of the type that a token is narrowed to. */
  readonly device: string;
  readonly narrowDevice: string;
  /** After a credential has changed settings of its own tenant. */
  readonly openHome: () => Promise<void>;
};

export async function aForeignWorld(t: Test): Promise<ForeignWorld> {
  const server = await aServer(t, { environment: { UPDRAFT_TRUSTED_PROXIES: '127.0.0.1' } });
  const wire = openWire(server.url, { connections: 8, keptBytes: 256 * 1024 });
  t.after(async () => wire[Symbol.asyncDispose]());
  const user = { name: ADMIN, password: PASSWORD };
  const home = await stock(wire, { user, tenant: 'DEFAULT', prefix: 'home-', mark: 'of-home' });
  await server.api.call('tenants.create', { body: { name: 'other', user: STRANGER } });
  const foreign = await stock(wire, { user: STRANGER, tenant: 'other', prefix: 'far-', mark: FOREIGN_MARK });
  await foreign.restock();
  await foreign.restock();
  const device = 'home-t-0';
  const credentials = await credentialsOf(server, { known: home, device });
  await server.api.call('devices.create', { body: { name: 'home-narrow', type: NARROW_TYPE } });
  await server.server.settleJobs();
  await server.server.writeContacts();
  const { id: foreignTenant } = await server.server.store.reader
    .selectFrom('tenant')
    .select('id')
    .where('name', '=', 'other')
    .executeTakeFirstOrThrow();
  return {
    server,
    wire,
    home,
    foreign: { ...foreign, ...beyond(foreign, home) },
    foreignTenant,
    credentials,
    device,
    narrowDevice: 'home-narrow',
    openHome: async () => {
      await home.openDoors();
      const body = { targetTokens: true, gatewayTokens: true, trustedHeader: true, headerAuthorities: TRUSTED_ISSUER };
      await server.api.call('settings.change', { body });
    },
  };
}

/** Actions are counted by each tenant from 1: of those of the other one only what DEFAULT does not have. */
function beyond(foreign: KnownThings, home: KnownThings): Pick<KnownThings, 'places' | 'rowIds'> {
  const last = Math.max(...home.places('hawkbit', 'actions').map(({ id }) => Number(id)));
  const numberOf = (place: Place, collection: string) =>
    Number(
      place['actionId'] ?? place['action'] ?? place['number'] ?? (collection === 'actions' ? place['id'] : Infinity),
    );
  const places = (surface: string, collection: string) =>
    foreign.places(surface, collection).filter((place) => numberOf(place, collection) > last);
  const collections = ['distributionsets', 'softwaremodules', 'targetfilters', 'rollouts', 'distributionsettypes'];
  return {
    places,
    rowIds: () => collections.flatMap((collection) => places('hawkbit', collection).map(({ id }) => id ?? '0')),
  };
}
