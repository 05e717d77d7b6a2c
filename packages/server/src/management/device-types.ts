import { DEVICE_TYPE_LIST, findDeviceType, readPage, selectDeviceTypes } from '@updraft/store';
import { type Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { deviceTypeView } from '../use-cases/device-type-commands.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

export function deviceTypeHandlers({
  store,
}: HandlerParts): Handlers<
  'device-types.list' | 'device-types.create' | 'device-types.show' | 'device-types.change' | 'device-types.delete'
> {
  return {
    'device-types.list': async ({ scope, query }) => {
      const rows = selectDeviceTypes(store.longReader, scope.tenant);
      const page = await readPage({ reader: store.longReader, query: rows }, DEVICE_TYPE_LIST, query);
      return listAnswer(page, (found) => found.map(deviceTypeView));
    },
    'device-types.create': async ({ scope, body, once }) => {
      const result = await store.commands.run('device-type.create', { ...body, scope, once });
      if (result.outcome === 'refused')
        return refusalOf(result.code, { 'name-taken': `A device type named "${body.name}" stands already.` });
      const { deviceType } = result;
      return { ok: deviceType, location: `/device-types/${deviceType.id}`, replayed: result.replayed };
    },
    'device-types.show': async ({ scope, params }) => {
      const row = await findDeviceType(store.reader, scope.tenant, params.id);
      return row === undefined ? refusalOf('not-found', {}) : { ok: deviceTypeView(row) };
    },
    'device-types.change': async ({ scope, params, body, ifMatch }) => {
      const input = { scope, id: params.id, expectedRevision: ifMatch, change: body };
      const result = await store.commands.run('device-type.change', input);
      return result.outcome === 'refused' ? refusalOf(result.code, {}) : { ok: result.deviceType };
    },
    'device-types.delete': async ({ scope, params, ifMatch }) => {
      const input = { scope, id: params.id, expectedRevision: ifMatch };
      const result = await store.commands.run('device-type.delete', input);
      if (result.outcome === 'deleted') return { ok: undefined };
      const inUse = 'A device or a release names this type; change those first.';
      return refusalOf(result.code, { 'device-type-in-use': inUse });
    },
  };
}
