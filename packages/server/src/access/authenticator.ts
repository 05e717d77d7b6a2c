import type { Schema, TokenWithTenantName, UserWithTenantName } from '@updraft/store';
import { findTokenByHash, findUserByName } from '@updraft/store';
import type { Kysely } from 'kysely';
import { parseAuthorization } from './authorization-header.ts';
import { LoginThrottle } from './login-throttle.ts';
import { verifyNobody, verifyPassword } from './passwords.ts';
import { rightsOf } from './rights.ts';
import type { Scope } from './scope.ts';
import { isTokenOf, tokenHash } from './secret-tokens.ts';
import { VerifiedCredentials } from './verified-credentials.ts';

/** How old the shown time of a token's last use may be: writing it at each request would be a write per request. */
export const TOKEN_USE_NOTED_EVERY_SECONDS = 60;

export type Verdict =
  | { readonly outcome: 'authenticated'; readonly scope: Scope }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'throttled'; readonly retryAfterSeconds: number };

export type Caller = { readonly authorization: string | undefined; readonly address: string };
export type Authenticator = (caller: Caller) => Promise<Verdict>;

export type AuthenticatorOptions = {
  readonly reader: Kysely<Schema>;
  readonly now: () => number;
  readonly noteTokenUsed: (token: number) => void;
};

/** Tells who calls: a user by name and password, or whoever an API token stands for. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const passwords = new PasswordCheck(options.now);
  return async ({ authorization, address }) => {
    const credential = parseAuthorization(authorization);
    if (credential === null) return { outcome: 'unknown' };
    if (credential.scheme === 'bearer') return authenticateToken(options, credential.token);
    const user = await findUserByName(options.reader, credential.name);
    return passwords.check(user, credential.password, address);
  };
}

/** A digest of 256 random bits is looked up by index; what is then compared is compared in constant time. */
async function authenticateToken(options: AuthenticatorOptions, secret: string): Promise<Verdict> {
  const token = await findTokenByHash(options.reader, tokenHash(secret));
  const now = options.now();
  if (token === undefined || !isTokenOf(secret, token.token_hash)) return { outcome: 'unknown' };
  if (token.expires_at !== null && token.expires_at <= now) return { outcome: 'unknown' };
  if ((token.last_used_at ?? 0) < now - TOKEN_USE_NOTED_EVERY_SECONDS * 1000) options.noteTokenUsed(token.id);
  const place = { tenant: token.tenant, tenantName: token.tenant_name };
  const scope: Scope =
    token.user_name === null
      ? { ...place, actor: token.name, maker: token.maker, kind: 'machine', rights: rightsOf(token.rights) }
      : { ...place, actor: token.user_name, kind: 'user', rights: bothRights(token) };
  return { outcome: 'authenticated', scope };
}

/** A personal token can do no more than its user can now. */
function bothRights({ rights, user_rights: users }: TokenWithTenantName) {
  const theirs = rightsOf(users ?? '');
  return rightsOf(rights).filter((right) => theirs.includes(right));
}

/** Checks passwords, each once: requests that come together with the same one wait for one check. */
class PasswordCheck {
  readonly #verified: VerifiedCredentials;
  readonly #throttle: LoginThrottle;
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(now: () => number) {
    this.#verified = new VerifiedCredentials(now);
    this.#throttle = new LoginThrottle(now);
  }

  async check(user: UserWithTenantName | undefined, password: string, address: string): Promise<Verdict> {
    if (user !== undefined && this.#verified.knows(user, password)) return authenticatedAs(user);
    const name = `${address} ${this.#verified.nameOf(user?.id ?? 0, password)}`;
    let running = this.#running.get(name);
    if (running === undefined) {
      const retryAfterSeconds = this.#throttle.charge(address);
      if (retryAfterSeconds > 0) return { outcome: 'throttled', retryAfterSeconds };
      running = this.#verify(user, password, address).finally(() => this.#running.delete(name));
      this.#running.set(name, running);
    }
    return (await running) && user !== undefined ? authenticatedAs(user) : { outcome: 'unknown' };
  }

  async #verify(user: UserWithTenantName | undefined, password: string, address: string): Promise<boolean> {
    if (user === undefined) return verifyNobody(password);
    const right = await verifyPassword(password, user.password_hash);
    if (!right) return false;
    this.#throttle.giveBack(address);
    this.#verified.remember(user, password);
    return true;
  }
}

function authenticatedAs(user: UserWithTenantName): Verdict {
  const { tenant, tenant_name: tenantName, name: actor } = user;
  const scope: Scope = { tenant, tenantName, actor, kind: 'user', rights: rightsOf(user.rights) };
  return { outcome: 'authenticated', scope };
}
