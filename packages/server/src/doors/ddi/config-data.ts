import { areLegalAttributes, DdiConfigData } from '@updraft/protocols';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { askingDevice } from './authenticate.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import { requestValue } from './request-value.ts';

/** What a device says of itself. An accepted PUT withdraws the link: SWUpdate installs nothing while it stands. */
export function configDataRoute(app: FastifyInstance, door: DdiDoor): void {
  app.put(`${DDI_BASE}/configData`, async (request, reply): Promise<FastifyReply> => {
    const change = requestValue(request, DdiConfigData);
    if (change === null) return sendDdiError(reply, 'hawkbit.server.error.rest.body.notReadable');
    if (!areLegalAttributes(change.data))
      return sendDdiError(reply, 'hawkbit.server.error.repo.invalidTargetAttributes');
    const { scope, device } = askingDevice(request);
    const { outcome } = await door.commands.run('device.report-attributes', { scope, device: device.id, change });
    if (outcome === 'too-many') return sendDdiError(reply, 'hawkbit.server.error.quota.tooManyEntries');
    return outcome === 'kept' ? sendEmpty(reply, 200) : sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
  });
}
