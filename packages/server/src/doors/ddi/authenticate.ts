import { fold, type OfferSplit } from '@updraft/core';
import { windowReadingOf, type DdiAddress } from '@updraft/protocols';
import type { Bearer, PolledDevice, PolledTenant, Reporter } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { isTokenOf, tokenHash } from '../../access/secret-tokens.ts';
import { originOf } from '../../http/request-origin.ts';
import type { DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import type { DdiReply, DdiRequest } from './exchange.ts';
import { authoritiesOf, vouchedDevice, type Vouched } from './vouched-device.ts';

/** Who asks, as the path writes it. */
export type DdiParams = { readonly tenant: string; readonly controller: string };

export type AskingDevice = {
  readonly scope: Scope;
  readonly tenant: PolledTenant;
  readonly device: PolledDevice;
  readonly address: DdiAddress;
  readonly splitsOffers: OfferSplit;
};

/** A device that reports: of its open assignments only who bears which wire id. */
export type ReportingDevice = {
  readonly scope: Scope;
  readonly device: number;
  readonly bearers: readonly Bearer[];
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the door's authentication, before the body is read. */
    asking: AskingDevice | null;
    /** The same where it reports. */
    reporting: ReportingDevice | null;
  }
}

/** What is shown of who asks. */
export type Credential = {
  readonly authorization: string;
  /** By a named proxy; null: nothing. */
  readonly vouched: Vouched | null;
};

/** Of a device that is not there yet: the id of the type that it gets, and who vouches for it. */
export type Joining = {
  readonly outcome: 'joins';
  readonly tenant: Seen['tenant'];
  readonly type: number | null;
  readonly by: 'gateway-token' | 'trusted-header';
};
type Refused = { readonly outcome: 'refused' };
type Authenticated<S extends Seen> =
  | { readonly outcome: 'device'; readonly tenant: S['tenant']; readonly device: NonNullable<S['device']> }
  | Joining
  | Refused;

/** What is read of who asks, at least. */
type Seen = Reporter | { readonly tenant: PolledTenant; readonly device: PolledDevice | null };
type ReadSeen<S extends Seen> = (tenantFold: string, subject: string) => Promise<S | null>;

/** A token that nobody has: what is unknown takes as long to refuse as what is wrong. */
const NOBODYS_HASH = tokenHash('');
const REFUSED: Refused = { outcome: 'refused' };

export function credentialOf(door: DdiDoor, request: DdiRequest): Credential {
  const authorization = request.headers.authorization ?? '';
  const vouched = vouchedDevice(request, door.proxyHeaders) ?? door.certifiedDevice(request.raw.socket);
  return { authorization, vouched };
}

/** A text that two requests share only if they show the same. */
export function credentialKey({ authorization, vouched }: Credential): string {
  return vouched === null ? authorization : JSON.stringify([authorization, vouched]);
}

/**
 * Judges, each where the tenant has it on: what a named proxy says, or the certificate of the connection;
 * `Authorization: TargetToken …` (the device's own); `GatewayToken …` (the tenant's, for any device or those of one type).
 * The first that lets the device in counts. A decommissioned device is as unknown as any other. Why something is refused
 * is not told apart.
 */
export async function authenticate<S extends Seen>(
  door: DdiDoor,
  request: DdiRequest,
  read: ReadSeen<S>,
): Promise<Authenticated<S>> {
  const params = request.params as DdiParams;
  const credential = credentialOf(door, request);
  const seen = await read(fold(params.tenant), params.controller);
  if (seen === null || seen.device?.facts.identity === 'decommissioned') return REFUSED;
  if (isVouched(seen.tenant, params, credential)) return letIn(seen, { type: null, by: 'trusted-header' });
  const [, scheme, token] = /^(target|gateway)token +(\S+) *$/i.exec(credential.authorization) ?? [];
  if (scheme === undefined || token === undefined) return REFUSED;
  return scheme.toLowerCase() === 'target' ? byTargetToken(seen, token) : byGatewayToken(door, seen, token);
}

/** The proxy's word counts for exactly the device that the path names. */
function isVouched({ headerAuthorities }: Seen['tenant'], { controller }: DdiParams, { vouched }: Credential): boolean {
  if (vouched === null || headerAuthorities === null || vouched.device !== controller) return false;
  const trusted = new Set(authoritiesOf(headerAuthorities));
  return vouched.authorities.some((one) => trusted.has(one));
}

function byTargetToken<S extends Seen>({ tenant, device }: S, token: string): Authenticated<S> {
  const isRight = isTokenOf(token, device?.tokenHash ?? NOBODYS_HASH) && tenant.targetTokens;
  const isKnown = device !== null && device.tokenHash !== null;
  return isKnown && isRight ? { outcome: 'device', tenant, device } : REFUSED;
}

async function byGatewayToken<S extends Seen>(door: DdiDoor, seen: S, token: string): Promise<Authenticated<S>> {
  const { tenant, device } = seen;
  const known = tenant.gatewayTokens ? await door.findGatewayToken(tenant.id, tokenHash(token)) : null;
  if (known === null) return REFUSED;
  if (device !== null && known.type !== null && known.type.name !== device.facts.type) return REFUSED;
  return letIn(seen, { type: known.type?.id ?? null, by: 'gateway-token' });
}

function letIn<S extends Seen>({ tenant, device }: S, joining: Pick<Joining, 'type' | 'by'>): Authenticated<S> {
  return device === null ? { outcome: 'joins', tenant, ...joining } : { outcome: 'device', tenant, device };
}

/** A hook for all but the first contact: there an unknown device does not join, it is not found. */
export function authenticated(door: DdiDoor) {
  return async (request: DdiRequest, reply: DdiReply): Promise<DdiReply | undefined> =>
    (await isLetIn(door, request, reply)) ? undefined : reply;
}

/** The same of one that reports. */
export function authenticatedReporter(door: DdiDoor) {
  return async (request: DdiRequest, reply: DdiReply): Promise<DdiReply | undefined> =>
    (await isReporterLetIn(door, request, reply)) ? undefined : reply;
}

/** Whether the device that asks is known; else that is answered. */
export async function isLetIn(door: DdiDoor, request: DdiRequest, reply: DdiReply): Promise<boolean> {
  const known = await authenticate(door, request, door.readDevice);
  if (known.outcome !== 'device') return isSentAway(reply, known);
  door.contacts.note(known.device.id);
  request.asking = askingOf(door, request, known);
  return true;
}

/** The same of one that reports. */
export async function isReporterLetIn(door: DdiDoor, request: DdiRequest, reply: DdiReply): Promise<boolean> {
  const known = await authenticate(door, request, door.readReporter);
  if (known.outcome !== 'device') return isSentAway(reply, known);
  const { tenant, device } = known;
  door.contacts.note(device.id);
  request.reporting = { scope: scopeOf(tenant, device.facts.name), device: device.id, bearers: device.bearers };
  return true;
}

function isSentAway(reply: DdiReply, { outcome }: Joining | Refused): false {
  if (outcome === 'refused') sendEmpty(reply, 401);
  else sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
  return false;
}

export function askingOf(
  door: DdiDoor,
  request: DdiRequest,
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

export function addressOf(door: DdiDoor, request: DdiRequest, params: DdiParams): DdiAddress {
  return { origin: originOf(request, door.publicUrl), tenant: params.tenant, controller: params.controller };
}

/** What the client that asks can be told of an update that must wait for its window. */
export function offerSplitOf(request: DdiRequest): OfferSplit {
  return windowReadingOf(request.headers['user-agent']) === 'waits' ? 'at-windows' : 'never';
}

export function scopeOf(tenant: Seen['tenant'], device: string): Scope {
  return { tenant: tenant.id, tenantName: tenant.name, actor: device, kind: 'device' };
}

/** The device that authentication let in; a route without it is a defect. */
export function askingDevice(request: DdiRequest): AskingDevice {
  if (request.asking === null || request.asking === undefined) throw new Error(`no device asks at ${request.url}`);
  return request.asking;
}

/** The same of one that reports. */
export function reportingDevice(request: DdiRequest): ReportingDevice {
  if (request.reporting === null || request.reporting === undefined)
    throw new Error(`no device reports at ${request.url}`);
  return request.reporting;
}
