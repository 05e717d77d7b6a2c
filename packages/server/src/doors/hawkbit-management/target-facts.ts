import { attributesOf, findDevice, metadataOfDevices } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { DONE, type ManagementHandlers, type ManagementParts, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerMetadata } from './metadata-list.ts';

type Said = 'targets.attributes' | 'targets.metadata' | 'targets.metadata-value';
type Saying = 'targets.add-metadata' | 'targets.change-metadata' | 'targets.delete-metadata';
type AutoConfirm = 'targets.auto-confirm' | 'targets.activate-auto-confirm' | 'targets.deactivate-auto-confirm';

/** What targets say of themselves, and what operators say of them. */
export function targetFactHandlers(parts: ManagementParts): ManagementHandlers<Said | Saying | AutoConfirm> {
  return { ...reading(parts), ...writing(parts), ...autoConfirm(parts) };
}

/** Undefined where there is no such target. */
async function metadataOf({ store }: ManagementParts, scope: Scope, name: string) {
  const device = await findDevice(store.reader, scope.tenant, name);
  if (device === undefined) return undefined;
  return (await metadataOfDevices(store.reader, [device.id])).get(device.id) ?? new Map<string, string>();
}

function reading(parts: ManagementParts): ManagementHandlers<Said> {
  const { store } = parts;
  return {
    'targets.attributes': async ({ scope, params }) => {
      const device = await findDevice(store.reader, scope.tenant, params.controllerId);
      if (device === undefined) return notFound('Target', params.controllerId);
      const attributes = await attributesOf(store.reader, device.id);
      return { ok: attributes.size === 0 ? undefined : Object.fromEntries(attributes) };
    },
    'targets.metadata': async ({ scope, params, query }) => {
      const metadata = await metadataOf(parts, scope, params.controllerId);
      if (metadata === undefined) return notFound('Target', params.controllerId);
      const rows = [...metadata].map(([key, value]) => ({ key, value }));
      return answerMetadata(rows, query, (row) => row);
    },
    'targets.metadata-value': async ({ scope, params }) => {
      const metadata = await metadataOf(parts, scope, params.controllerId);
      if (metadata === undefined) return notFound('Target', params.controllerId);
      const value = metadata.get(params.key);
      return value === undefined ? notFound('Metadata', params.key) : { ok: { key: params.key, value } };
    },
  };
}

function writing(parts: ManagementParts): ManagementHandlers<Saying> {
  const { store } = parts;
  const set = async (scope: Scope, name: string, metadata: Readonly<Record<string, string | null>>) => {
    const result = await store.commands.run('metadata.set', { scope, devices: [name], metadata });
    if (result.outcome === 'changed') return DONE;
    const message = `A target has at most ${result.limit} keys of metadata.`;
    return { error: 'quota.tooManyEntries' as const, message };
  };
  /** Only of a key that is there. */
  const change = async (scope: Scope, place: { controllerId: string; key: string }, value: string | null) => {
    const metadata = await metadataOf(parts, scope, place.controllerId);
    if (metadata === undefined) return notFound('Target', place.controllerId);
    if (!metadata.has(place.key)) return notFound('Metadata', place.key);
    return set(scope, place.controllerId, Object.fromEntries([[place.key, value]]));
  };
  return {
    'targets.add-metadata': async ({ scope, params, body }) => {
      const metadata = await metadataOf(parts, scope, params.controllerId);
      if (metadata === undefined) return notFound('Target', params.controllerId);
      const seen = new Set(metadata.keys());
      for (const { key } of body) {
        if (seen.has(key))
          return { error: 'repo.entityAlreadyExists', message: `Metadata with key {${key}} exists already.` };
        seen.add(key);
      }
      return set(scope, params.controllerId, Object.fromEntries(body.map(({ key, value }) => [key, value])));
    },
    'targets.change-metadata': ({ scope, params, body }) => change(scope, params, body.value),
    'targets.delete-metadata': ({ scope, params }) => change(scope, params, null),
  };
}

function autoConfirm({ store }: ManagementParts): ManagementHandlers<AutoConfirm> {
  return {
    'targets.auto-confirm': async ({ scope, params, links }) => {
      const device = await findDevice(store.reader, scope.tenant, params.controllerId);
      if (device === undefined) return notFound('Target', params.controllerId);
      const { name, auto_consent_at: activatedAt } = device;
      if (activatedAt === null) return { ok: { active: false, _links: activationLink(name, links) } };
      const { auto_consent_by: by, auto_consent_note: note } = device;
      const deactivate = links`/targets/${name}/autoConfirm/deactivate`;
      return {
        ok: { active: true, initiator: by, remark: note === '' ? null : note, activatedAt, _links: { deactivate } },
      };
    },
    'targets.activate-auto-confirm': async ({ scope, params, body }) => {
      const { initiator = scope.actor, remark = '' } = body ?? {};
      const input = { scope, name: params.controllerId, by: initiator, note: remark };
      const result = await store.commands.run('device.auto-consent', input);
      if (result.outcome === 'changed') return DONE;
      if (result.code === 'not-found') return notFound('Target', params.controllerId);
      return { error: 'repo.autoConfAlreadyActive', message: 'Auto confirmation is already active' };
    },
    'targets.deactivate-auto-confirm': async ({ scope, params }) => {
      const result = await store.commands.run('device.ask-consent', { scope, name: params.controllerId });
      return result.outcome === 'changed' ? DONE : notFound('Target', params.controllerId);
    },
  };
}

function activationLink(name: string, links: LinkMaker) {
  return { activate: links`/targets/${name}/autoConfirm/activate` };
}
