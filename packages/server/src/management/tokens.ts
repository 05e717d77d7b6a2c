import { GATEWAY_TOKEN_LIST, readPage, selectGatewayTokens, selectTokens, TOKEN_LIST } from '@updraft/store';
import { type Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { gatewayTokenView } from '../use-cases/gateway-token-commands.ts';
import { tokenView } from '../use-cases/token-commands.ts';
import { listAnswer } from './list-answer.ts';
import { type HandlerParts, newShownSecret, secretToShow } from './handler-parts.ts';

const RIGHT_MISSING = 'Nobody gives a token a right that he does not have; let somebody make it who has it.';
const DETAILS = {
  'name-taken': 'A token of that name stands already; revoke it first, or choose another name.',
  'not-permitted': 'A personal token acts as a user, so only a user can make one; make a machine token instead.',
} as const;

export function tokenHandlers({
  store,
  sealer,
}: HandlerParts): Handlers<
  | 'tokens.list'
  | 'gateway-tokens.list'
  | 'tokens.create'
  | 'tokens.delete'
  | 'gateway-tokens.create'
  | 'gateway-tokens.delete'
> {
  return {
    'tokens.list': async ({ scope, query }) => {
      const rows = selectTokens(store.longReader).where('api_token.tenant', '=', scope.tenant);
      const page = await readPage({ reader: store.longReader, query: rows }, TOKEN_LIST, query);
      return listAnswer(page, (found) => found.map(tokenView));
    },
    'gateway-tokens.list': async ({ scope, query }) => {
      const rows = selectGatewayTokens(store.longReader, scope.tenant);
      const page = await readPage({ reader: store.longReader, query: rows }, GATEWAY_TOKEN_LIST, query);
      return listAnswer(page, (found) => found.map(gatewayTokenView));
    },
    'tokens.create': async ({ scope, body, once }) => {
      const shown = newShownSecret(sealer, once);
      const expiresAt = body.expiresAt === undefined ? null : Date.parse(body.expiresAt);
      const { name, kind, rights } = body;
      const input = { scope, name, kind, rights, expiresAt, tokenHash: shown.hash, once: shown.once };
      const result = await store.commands.run('token.create', input);
      if (result.outcome === 'refused')
        return refusalOf(result.code, 'missing' in result ? { ...DETAILS, 'not-permitted': RIGHT_MISSING } : DETAILS);
      return { ok: { ...result.token, secret: secretToShow(sealer, shown, result) }, replayed: result.replayed };
    },
    'tokens.delete': async ({ scope, params }) => {
      const result = await store.commands.run('token.delete', { scope, id: params.id });
      return result.outcome === 'refused' ? refusalOf(result.code, {}) : { ok: undefined };
    },
    'gateway-tokens.create': async ({ scope, body, once }) => {
      const shown = newShownSecret(sealer, once);
      const { name, deviceType } = body;
      const input = { scope, name, deviceType, tokenHash: shown.hash, once: shown.once };
      const result = await store.commands.run('gateway-token.create', input);
      if (result.outcome === 'refused')
        return refusalOf(result.code, { ...DETAILS, 'not-found': `There is no device type "${deviceType}".` });
      return { ok: { ...result.gatewayToken, secret: secretToShow(sealer, shown, result) }, replayed: result.replayed };
    },
    'gateway-tokens.delete': async ({ scope, params }) => {
      const result = await store.commands.run('gateway-token.delete', { scope, id: params.id });
      return result.outcome === 'refused' ? refusalOf(result.code, {}) : { ok: undefined };
    },
  };
}
