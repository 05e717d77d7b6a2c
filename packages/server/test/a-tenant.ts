import { randomUUID } from 'node:crypto';
import { apiClient } from '@updraft/protocols';
import { fleetOf, type TestFleet } from './a-fleet.ts';
import { basic, PASSWORD, type TestServer } from './a-server.ts';

/**
 * The same server as the first user of a new tenant sees it: empty, at a tenth of what a server of its own costs. Its data directory
 * and its store are everybody's.
 */
export async function aTenant(server: TestServer): Promise<TestServer> {
  return seenBy(server, newName());
}

/** The same with what the tests of devices need. */
export async function aFleetTenant(server: TestServer): Promise<TestFleet> {
  const name = newName();
  return fleetOf(await seenBy(server, name), name);
}

/** Of a tenant and of its user. */
function newName(): string {
  return `t-${randomUUID()}`;
}

async function seenBy(server: TestServer, name: string): Promise<TestServer> {
  await server.api.call('tenants.create', { body: { name, user: { name, password: PASSWORD } } });
  const authorization = basic(name, PASSWORD);
  return {
    ...server,
    authorization,
    api: apiClient({ baseUrl: server.url, authorization }),
    fetch: (path, { as = authorization, ...init } = {}) => server.fetch(path, { as, ...init }),
  };
}
