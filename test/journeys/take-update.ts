import type { ApiClient } from '@updraft/protocols';
import type { SwupdateDevice } from '../devices/swupdate-device.ts';
import { SAYS } from '../devices/swupdate-words.ts';
import { untilShown, wordsAbout, type ShownAssignment } from './assignments.ts';

/** A device that is on and was assigned `number` installs it, boots the new slot and says so: until the server counts it. */
export async function takeUpdate(api: ApiClient, device: SwupdateDevice, number: number): Promise<ShownAssignment> {
  await device.waitForLog(SAYS.installed).catch((error: unknown) => explained(error, api, number));
  await untilShown(api, number, 'verifying');
  await device.reboot('boots-new');
  return untilShown(api, number, 'succeeded');
}

/** What the device told the server of it, beside what it printed. */
async function explained(error: unknown, api: ApiClient, number: number): Promise<never> {
  const { state, reason } = await api.call('assignments.show', { params: { number } });
  const said = await wordsAbout(api, number);
  throw new Error(`assignment ${number} is ${state} (${reason}); its device said:\n${said}`, { cause: error });
}
