import { hasAnyTenant, type Store } from '@updraft/store';
import { hashPassword, PASSWORD_WEAK_BELOW_CHARACTERS } from './access/passwords.ts';
import { newToken } from './access/secret-tokens.ts';
import type { Settings } from './config/configuration.ts';
import type { Commands } from './use-cases/commands.ts';

export type FirstUser = {
  readonly name: string;
  /** To be shown once; null where it was configured. */
  readonly madePassword: string | null;
  readonly isWeak: boolean;
};

/** Makes the tenant DEFAULT with its user on an empty database; null where that was done before. */
export async function makeFirstUser(store: Store<Commands>, settings: Settings): Promise<FirstUser | null> {
  if (await hasAnyTenant(store.reader)) return null;
  const configured = settings.secrets.adminPassword;
  const password = configured ?? newToken();
  const name = settings.configuration.adminUser;
  const user = { name, passwordHash: await hashPassword(password) };
  const { outcome } = await store.commands.run('server.first-start', { user });
  if (outcome === 'stood') return null;
  const isWeak = password.length < PASSWORD_WEAK_BELOW_CHARACTERS;
  return { name, madePassword: configured === null ? password : null, isWeak };
}
