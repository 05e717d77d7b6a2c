import { fold } from '@updraft/core';
import { DeviceName } from '@updraft/protocols';
import type { PolledDevice, PolledTenant } from '@updraft/store';
import { authenticate, scopeOf, type DdiParams } from './authenticate.ts';
import type { DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import type { DdiReply, DdiRequest } from './exchange.ts';

export type Found = { readonly outcome: 'found'; readonly tenant: PolledTenant; readonly device: PolledDevice };
type NotFound = { readonly outcome: 'unauthorised' } | { readonly outcome: 'illegal-name' };

/** Lets the device in; one that somebody vouches for joins now. */
export async function findDevice(door: DdiDoor, request: DdiRequest, params: DdiParams): Promise<Found | NotFound> {
  const known = await authenticate(door, request, door.readDevice);
  if (known.outcome === 'device') return { ...known, outcome: 'found' };
  if (known.outcome === 'refused') return { outcome: 'unauthorised' };
  if (!DeviceName.safeParse(params.controller).success) return { outcome: 'illegal-name' };
  const { tenant, type, by } = known;
  const scope = scopeOf(tenant, params.controller);
  await door.commands.run('device.join', { scope, name: params.controller, type, by, token: door.newToken() });
  const joined = await door.readDevice(fold(params.tenant), params.controller);
  if (joined === null || joined.device === null)
    throw new Error(`the device ${params.controller} joined and is not there`);
  return { outcome: 'found', tenant: joined.tenant, device: joined.device };
}

/** Why a device is not let in. */
export function sendNotFound(reply: DdiReply, { outcome }: NotFound): DdiReply {
  if (outcome === 'unauthorised') return sendEmpty(reply, 401);
  return sendDdiError(reply, 'hawkbit.server.error.repo.constraintViolation');
}
