import type { FastifyInstance } from 'fastify';
import { actionBodyOf } from './action-body.ts';
import { askingDevice } from './authenticate.ts';
import { pastActionOf } from './deployment.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import { sendValue } from './json-answer.ts';
import { parseWireId } from './wire-id.ts';

/** What a device has installed: the update that brought it, described as it was offered. */
export function installedRoutes(app: FastifyInstance, door: DdiDoor): void {
  app.get(`${DDI_BASE}/installedBase/:action`, async (request, reply) => {
    const { tenant, device, address } = askingDevice(request);
    const number = parseWireId(request.params);
    const found = number === null ? null : await door.attempts.find({ tenant: tenant.id, device: device.id, number });
    if (found === null || number === null) return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
    const action = pastActionOf(found, { number, now: device.readAt });
    if (action === null || action.status === 'CANCELED') return sendEmpty(reply, 404);
    return sendValue({ request, reply }, await actionBodyOf(door, { request, address }, { action }));
  });
}
