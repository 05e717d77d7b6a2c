import type { ApiClient } from '@updraft/protocols';
import type { SwupdateDevice } from '../devices/swupdate-device.ts';
import { SAYS } from '../devices/swupdate-words.ts';
import { untilShown, type ShownAssignment } from './assignments.ts';

/** A device that is on and was assigned `number` installs it, boots the new slot and says so: until the server counts it. */
export async function takeUpdate(api: ApiClient, device: SwupdateDevice, number: number): Promise<ShownAssignment> {
  await device.waitForLog(SAYS.installed);
  await untilShown(api, number, 'verifying');
  await device.reboot('boots-new');
  return untilShown(api, number, 'succeeded');
}
