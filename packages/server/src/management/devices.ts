import { DEVICE_LIST, findDevice, readPage, selectDevices } from '@updraft/store';
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
> {
  return {
    'devices.list': async ({ scope, query }) => {
      const reader = store.longReader;
      const rows = selectDevices(reader).where('device.tenant', '=', scope.tenant);
      return listAnswer(await readPage({ reader, query: rows }, DEVICE_LIST, query), (found) =>
        deviceViews(reader, found),
      );
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
    'devices.request-attributes': async ({ scope, params }) => {
      const result = await store.commands.run('device.request-attributes', { scope, name: params.device });
      return result.outcome === 'refused' ? refusalOf(result.code, noDevice(params.device)) : { ok: undefined };
    },
  };
}

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
