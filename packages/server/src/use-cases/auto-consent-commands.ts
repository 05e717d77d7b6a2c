import { changeDevice, type CommandContext, findDevice } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { giveWaitingConsents } from './consent-commands.ts';
import { noteDevice } from './device-record.ts';
import { refused } from './outcome.ts';

type AutoConsentInput = {
  readonly scope: Scope;
  readonly name: string;
  /** Who wants it, and why, in words. */
  readonly by: string;
  readonly note: string;
};

export const autoConsentCommands = {
  'device.auto-consent': giveAlways,
  'device.ask-consent': askAgain,
};

/** From now on consent is given for a device without asking its user. */
async function giveAlways(context: CommandContext, { scope, name, by, note }: AutoConsentInput) {
  const found = await findDevice(context.db, scope.tenant, name);
  if (found === undefined) return refused('not-found');
  if (found.auto_consent_at !== null) return refused('change-not-possible');
  const change = { auto_consent_at: context.now, auto_consent_by: by, auto_consent_note: note };
  await changeDevice(context, { tenant: scope.tenant, name, expectedRevision: null }, change);
  await giveWaitingConsents(context, scope, found.id);
  await noteDevice(context, scope, { name: 'device.auto-consent-given', device: name, data: { by, note } });
  return { outcome: 'changed' as const };
}

/** Its user is asked again. */
async function askAgain(context: CommandContext, { scope, name }: Pick<AutoConsentInput, 'scope' | 'name'>) {
  const change = { auto_consent_at: null, auto_consent_by: '', auto_consent_note: '' };
  const row = await changeDevice(context, { tenant: scope.tenant, name, expectedRevision: null }, change);
  if (row === undefined) return refused('not-found');
  await noteDevice(context, scope, { name: 'device.auto-consent-withdrawn', device: name });
  return { outcome: 'changed' as const };
}
