import { fold, type OfferSplit } from '@updraft/core';
import { windowReadingOf, type DdiAddress } from '@updraft/protocols';
import type { PolledDevice, PolledTenant } from '@updraft/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Scope } from '../../access/scope.ts';
import { isTokenOf, tokenHash } from '../../access/secret-tokens.ts';
import { originOf } from '../../http/request-origin.ts';
import type { DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';

/** Who asks, as the path writes it. */
export type DdiParams = { readonly tenant: string; readonly controller: string };

export type AskingDevice = {
  readonly scope: Scope;
  readonly tenant: PolledTenant;
  readonly device: PolledDevice;
  readonly address: DdiAddress;
  readonly splitsOffers: OfferSplit;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the door's authentication, before the body is read. */
    asking: AskingDevice | null;
  }
}

/** `joins`: a gateway token vouches for a device that is not there yet. */
export type Authenticated =
  | { readonly outcome: 'device'; readonly tenant: PolledTenant; readonly device: PolledDevice }
  | { readonly outcome: 'joins'; readonly tenant: PolledTenant }
  | { readonly outcome: 'refused' };

/** A token that nobody has: what is unknown takes as long to refuse as what is wrong. */
const NOBODYS_HASH = tokenHash('');

/**
 * Judges `Authorization: TargetToken …` (the device's own) or `GatewayToken …` (the tenant's, for any device), each
 * where the tenant has it on. A decommissioned device is as unknown as any other. Why something is refused is not told apart.
 */
export async function authenticate(
  door: DdiDoor,
  params: DdiParams,
  header: string | undefined,
): Promise<Authenticated> {
  const [, scheme, token] = /^(target|gateway)token +(\S+) *$/i.exec(header ?? '') ?? [];
  const polled = await door.readDevice(fold(params.tenant), params.controller);
  if (scheme === undefined || token === undefined || polled === null) return { outcome: 'refused' };
  const { tenant, device } = polled;
  const isGone = device?.facts.identity === 'decommissioned';
  if (scheme.toLowerCase() === 'target') {
    const isRight = isTokenOf(token, device?.tokenHash ?? NOBODYS_HASH) && tenant.targetTokens;
    const isKnown = device !== null && device.tokenHash !== null && !isGone;
    return isKnown && isRight ? { outcome: 'device', tenant, device } : { outcome: 'refused' };
  }
  if (isGone || !tenant.gatewayTokens || !(await door.knowsGatewayToken(tenant.id, tokenHash(token))))
    return { outcome: 'refused' };
  return device === null ? { outcome: 'joins', tenant } : { outcome: 'device', tenant, device };
}

/** A hook for all but the first contact: there an unknown device does not join, it is not found. */
export function authenticated(door: DdiDoor) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const params = request.params as DdiParams;
    const known = await authenticate(door, params, request.headers.authorization);
    if (known.outcome === 'refused') return sendEmpty(reply, 401);
    if (known.outcome === 'joins') return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
    door.contacts.note(known.device.id);
    request.asking = askingOf(door, request, known);
    return undefined;
  };
}

export function askingOf(
  door: DdiDoor,
  request: FastifyRequest,
  { tenant, device }: { readonly tenant: PolledTenant; readonly device: PolledDevice },
): AskingDevice {
  const params = request.params as DdiParams;
  return {
    scope: scopeOf(tenant, device.facts.name),
    tenant,
    device,
    address: addressOf(door, request, params),
    splitsOffers: offerSplitOf(request),
  };
}

export function addressOf(door: DdiDoor, request: FastifyRequest, params: DdiParams): DdiAddress {
  return { origin: originOf(request, door.publicUrl), tenant: params.tenant, controller: params.controller };
}

/** What the client that asks can be told of an update that must wait for its window. */
export function offerSplitOf(request: FastifyRequest): OfferSplit {
  return windowReadingOf(request.headers['user-agent']) === 'waits' ? 'at-windows' : 'never';
}

export function scopeOf(tenant: PolledTenant, device: string): Scope {
  return { tenant: tenant.id, tenantName: tenant.name, actor: device, kind: 'device' };
}

/** The device that authentication let in; a route without it is a defect. */
export function askingDevice(request: FastifyRequest): AskingDevice {
  if (request.asking === null || request.asking === undefined) throw new Error(`no device asks at ${request.url}`);
  return request.asking;
}
