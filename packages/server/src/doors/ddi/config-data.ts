import { areLegalAttributes, DdiConfigData, readDdiBody } from '@updraft/protocols';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { askingDevice } from './authenticate.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';

/** What a device says of itself. An accepted PUT withdraws the link: SWUpdate installs nothing while it stands. */
export function configDataRoute(app: FastifyInstance, door: DdiDoor): void {
  app.put(`${DDI_BASE}/configData`, async (request, reply): Promise<FastifyReply> => {
    const body = Buffer.isBuffer(request.body) ? readDdiBody(request.body) : 'unreadable';
    const parsed = body === 'unreadable' ? null : DdiConfigData.safeParse(body.value);
    if (parsed?.success !== true) return sendDdiError(reply, 'hawkbit.server.error.rest.body.notReadable');
    if (!areLegalAttributes(parsed.data.data))
      return sendDdiError(reply, 'hawkbit.server.error.repo.invalidTargetAttributes');
    const { scope, device } = askingDevice(request);
    const change = parsed.data;
    const { outcome } = await door.commands.run('device.report-attributes', { scope, device: device.id, change });
    if (outcome === 'too-many') return sendDdiError(reply, 'hawkbit.server.error.quota.tooManyEntries');
    return outcome === 'kept' ? sendEmpty(reply, 200) : sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
  });
}
