import { DdiAssignedVersion } from '@updraft/protocols';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actionBodyOf } from './action-body.ts';
import { askingDevice } from './authenticate.ts';
import { pastActionOf } from './deployment.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import { sendJson } from './json-answer.ts';
import { requestValue } from './request-value.ts';
import { parseWireId } from './wire-id.ts';

const NOT_FOUND = 'hawkbit.server.error.repo.entityNotFound';

/** What a device has installed: as the update that brought it was described, and as the device says itself. */
export function installedRoutes(app: FastifyInstance, door: DdiDoor): void {
  app.get(`${DDI_BASE}/installedBase/:action`, async (request, reply) => {
    const { tenant, device } = askingDevice(request);
    const number = parseWireId(request.params);
    const found = number === null ? null : await door.attempts.find({ tenant: tenant.id, device: device.id, number });
    if (found === null || number === null) return sendDdiError(reply, NOT_FOUND);
    const action = pastActionOf(found, { number, now: device.readAt });
    if (action === null || action.status === 'CANCELED') return sendEmpty(reply, 404);
    return sendJson({ request, reply }, await actionBodyOf(door, request, { action }));
  });

  app.put(`${DDI_BASE}/installedBase`, async (request, reply) => takeInstalled(door, request, reply));
}

/** 201 where that is news, 200 where it was known. */
async function takeInstalled(door: DdiDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const release = requestValue(request, DdiAssignedVersion);
  if (release === null) return sendDdiError(reply, 'hawkbit.server.error.rest.body.notReadable');
  const { scope, device } = askingDevice(request);
  const input = { scope, release, devices: [device.facts.name] };
  const result = await door.commands.run('assignment.record-installed', input);
  if (result.outcome === 'refused') return sendDdiError(reply, NOT_FOUND);
  return sendEmpty(reply, result.recorded.length > 0 ? 201 : 200);
}
