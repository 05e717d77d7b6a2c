import { DEVICE_LIST, filterMoments, findDevice, readPage, selectDevices } from '@updraft/store';
import { type Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { deviceViews } from '../use-cases/device-view.ts';
import { listAnswer } from './list-answer.ts';
import { type HandlerParts, newShownSecret, secretToShow } from './handler-parts.ts';

export function deviceHandlers({
  store,
  sealer,
}: HandlerParts): Handlers<
  | 'devices.list'
  | 'devices.create'
  | 'devices.show'
  | 'devices.change'
  | 'devices.delete'
  | 'devices.renew-token'
  | 'devices.request-attributes'
  | 'devices.release-penalty'
  | 'devices.decommission'
  | 'devices.replace'
> {
  return {
    'devices.list': async ({ scope, query }) => {
      const reader = store.longReader;
      const { tenant } = scope;
      const rows = selectDevices(reader).where('device.tenant', '=', tenant);
      const moments = await filterMoments(reader, tenant, await store.now());
      const page = await readPage({ reader, query: rows, tenant, moments }, DEVICE_LIST, query);
      return listAnswer(page, (found) => deviceViews(reader, found));
    },
    'devices.create': async ({ scope, body, once }) => {
      const shown = newShownSecret(sealer, once, body.token);
      const { name, type, description } = body;
      const input = { scope, name, type, description, tokenHash: shown.hash, once: shown.once };
      const result = await store.commands.run('device.create', input);
      if (result.outcome === 'refused')
        return refusalOf(result.code, {
          'name-taken': `A device named "${name}" stands already.`,
          'not-found': noType(type),
        });
      const token = secretToShow(sealer, shown, result);
      return { ok: { ...result.device, token }, location: pathOf(name), replayed: result.replayed };
    },
    'devices.show': async ({ scope, params }) => {
      const row = await findDevice(store.reader, scope.tenant, params.device);
      const [view] = row === undefined ? [] : await deviceViews(store.reader, [row]);
      return view === undefined ? refusalOf('not-found', noDevice(params.device)) : { ok: view };
    },
    'devices.change': async ({ scope, params, body, ifMatch }) => {
      const input = { scope, name: params.device, expectedRevision: ifMatch, change: body };
      const result = await store.commands.run('device.change', input);
      if (result.outcome === 'changed') return { ok: result.device };
      return refusalOf(
        result.code,
        result.missing === 'type' ? { 'not-found': noType(body.type ?? null) } : noDevice(params.device),
      );
    },
    'devices.delete': async ({ scope, params, ifMatch }) => {
      const input = { scope, name: params.device, expectedRevision: ifMatch };
      const result = await store.commands.run('device.delete', input);
      return result.outcome === 'refused' ? refusalOf(result.code, noDevice(params.device)) : { ok: undefined };
    },
    'devices.renew-token': async ({ scope, params }) => {
      const shown = newShownSecret(sealer, null);
      const input = { scope, name: params.device, tokenHash: shown.hash };
      const result = await store.commands.run('device.renew-token', input);
      if (result.outcome === 'refused') return refusalOf(result.code, noDevice(params.device));
      return { ok: { ...result.device, token: shown.secret } };
    },
    'devices.release-penalty': async ({ scope, params }) => {
      const result = await store.commands.run('device.release-penalty', { scope, name: params.device });
      if (result.outcome === 'released') return { ok: result.device };
      const notSetAside = 'It is not set aside; "why" says what else it waits for.';
      return refusalOf(result.code, { ...noDevice(params.device), 'device-not-set-aside': notSetAside });
    },
    'devices.decommission': async ({ scope, params, ifMatch }) => {
      const act = { scope, name: params.device, expectedRevision: ifMatch };
      const result = await store.commands.run('device.decommission', act);
      if (result.outcome === 'decommissioned') return { ok: result.device };
      return refusalOf(result.code, { ...noDevice(params.device), ...OUT_OF_SERVICE });
    },
    'devices.replace': async ({ scope, params, body, ifMatch }) => {
      const shown = newShownSecret(sealer, null, body.token);
      const newName = body.name ?? null;
      const act = { scope, name: params.device, expectedRevision: ifMatch, newName, tokenHash: shown.hash };
      const result = await store.commands.run('device.replace', act);
      if (result.outcome === 'replaced') return { ok: { ...result.device, token: shown.secret } };
      const taken = { 'name-taken': `A device named "${newName}" stands already.` };
      return refusalOf(result.code, { ...noDevice(params.device), ...OUT_OF_SERVICE, ...taken });
    },
    'devices.request-attributes': async ({ scope, params }) => {
      const result = await store.commands.run('device.request-attributes', { scope, name: params.device });
      return result.outcome === 'refused' ? refusalOf(result.code, noDevice(params.device)) : { ok: undefined };
    },
  };
}

const OUT_OF_SERVICE = { 'device-decommissioned': 'It is out of service for good; delete it, or add another one.' };

function pathOf(name: string): string {
  return `/devices/${encodeURIComponent(name)}`;
}

/** What `not-found` says of a device, wherever one is named. */
export function noDevice(name: string) {
  return { 'not-found': `There is no device named "${name}".` };
}

function noType(type: string | null): string {
  return `There is no device type named "${type ?? ''}"; create it first.`;
}
