import { readGroupPath } from '@updraft/core';
import type { NewTarget, TargetChange } from '@updraft/protocols/hawkbit-management';
import { selectDeviceIds } from '@updraft/store';
import { newToken, tokenHash } from '../../access/secret-tokens.ts';
import type { Sealer } from '../../access/sealer.ts';
import type { Registration } from '../../use-cases/device-registration-commands.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import { answerTargets, readTargets, showTarget } from './target-reading.ts';

export function targetHandlers(
  parts: ManagementParts,
): ManagementHandlers<
  | 'targets.list'
  | 'targets.create'
  | 'targets.show'
  | 'targets.change'
  | 'targets.delete'
  | 'targets.set-type'
  | 'targets.remove-type'
> {
  const { store, sealer } = parts;
  return {
    'targets.list': ({ scope, query, links }) =>
      answerTargets(
        parts,
        { scope, links },
        { rows: selectDeviceIds(store.longReader, scope.tenant), query, isAll: true },
      ),
    'targets.create': async ({ scope, body, links }) => {
      const devices: Registration[] = [];
      for (const target of body) {
        const device = registrationOf(target, sealer);
        if ('error' in device) return device;
        devices.push(device);
      }
      const result = await store.commands.run('device.register', { scope, devices });
      if (result.outcome === 'registered')
        return {
          ok: await readTargets(
            parts,
            { scope, links },
            devices.map(({ name }) => name),
          ),
        };
      if (result.code === 'not-found') return notFound('TargetType', result.type);
      return {
        error: 'repo.entityAlreadyExists',
        message: `Target with controllerId {${result.name}} exists already.`,
      };
    },
    'targets.show': async ({ scope, params, links }) => showTarget(parts, { scope, links }, params.controllerId),
    'targets.change': async ({ scope, params, body, links }) => {
      const refusal = refusalOfChange(body);
      if (refusal !== null) return refusal;
      const result = await amend(parts, scope, { name: params.controllerId, body });
      return 'error' in result ? result : showTarget(parts, { scope, links }, result.name);
    },
    'targets.delete': async ({ scope, params }) => {
      const act = { scope, name: params.controllerId, expectedRevision: null };
      const result = await store.commands.run('device.delete', act);
      return result.outcome === 'refused' ? notFound('Target', params.controllerId) : DONE;
    },
    'targets.set-type': async ({ scope, params, body }) => {
      const result = await amend(parts, scope, { name: params.controllerId, body: { targetType: body.id } });
      return 'error' in result ? result : DONE;
    },
    'targets.remove-type': async ({ scope, params }) => {
      const result = await amend(parts, scope, { name: params.controllerId, body: { targetType: NO_TYPE } });
      return 'error' in result ? result : DONE;
    },
  };
}

/** In the place of a type's id: none. */
const NO_TYPE = -1;

function registrationOf(target: NewTarget, sealer: Sealer): Registration | ManagementRefusal {
  const { controllerId, name = controllerId, description = '', address = '', targetType, group } = target;
  const path = group === undefined || group === '' ? null : readGroupPath(group);
  if (path === null && group !== undefined && group !== '') return wrongGroup(group);
  if (!isAddress(address)) return wrongAddress(address);
  return {
    name: controllerId,
    displayName: name,
    description,
    address,
    token: keptToken(sealer, target.securityToken),
    type: targetType === undefined || targetType === NO_TYPE ? null : targetType,
    group: path,
  };
}

export function wrongGroup(group: string): ManagementRefusal {
  return { error: 'repo.constraintViolation', message: `"${group}" is no group` };
}

/** A token that stays readable under the instance key. */
function keptToken(sealer: Sealer, given = newToken()) {
  return { hash: tokenHash(given), sealed: sealer.seal(given) };
}

function refusalOfChange({ requestAttributes, address = '' }: TargetChange): ManagementRefusal | null {
  if (requestAttributes === false)
    return { error: 'repo.constraintViolation', message: 'requestAttributes can only be set to true' };
  return isAddress(address) ? null : wrongAddress(address);
}

function isAddress(address: string): boolean {
  return address === '' || URL.canParse(address);
}

function wrongAddress(address: string): ManagementRefusal {
  return { error: 'repo.invalidTargetAddress', message: `The address {${address}} is not a valid URI` };
}

async function amend(
  { store, sealer }: ManagementParts,
  scope: Parameters<typeof store.commands.run<'device.amend'>>[1]['scope'],
  { name, body }: { readonly name: string; readonly body: TargetChange },
): Promise<{ readonly name: string } | ManagementRefusal> {
  const { targetType, securityToken } = body;
  const change = {
    newName: body.controllerId,
    displayName: body.name,
    description: body.description,
    address: body.address,
    token: securityToken === undefined ? undefined : keptToken(sealer, securityToken),
    type: targetType === NO_TYPE ? null : targetType,
    wantsAttributes: body.requestAttributes === true ? (true as const) : undefined,
  };
  const result = await store.commands.run('device.amend', { scope, name, change });
  if (result.outcome === 'changed') return { name: result.name };
  if (result.code === 'name-taken')
    return {
      error: 'repo.entityAlreadyExists',
      message: `Target with controllerId {${body.controllerId}} exists already.`,
    };
  return result.missing === 'type' ? notFound('TargetType', targetType ?? NO_TYPE) : notFound('Target', name);
}
