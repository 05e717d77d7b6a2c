import {
  APPROVAL_PERMISSIONS,
  COMMON_PERMISSIONS,
  type ConfigurationValue,
  TOKEN_PERMISSIONS,
} from '@updraft/protocols/hawkbit-management';
import {
  findDefaultReleaseKind,
  findReleaseKindById,
  findTenant,
  type TenantOptionRow,
  tenantOptions,
  type TenantRow,
} from '@updraft/store';
import { mayDo } from '../../access/rights.ts';
import type { Scope } from '../../access/scope.ts';
import { tokenHash } from '../../access/secret-tokens.ts';
import type { Sealer } from '../../access/sealer.ts';
import type { OptionEffects } from '../../use-cases/tenant-option-commands.ts';
import { auditOf } from './audit.ts';
import {
  CONFIGURATION_KEYS,
  type ConfigurationKey,
  type ConfigurationScalar,
  DEFAULT_SET_TYPE,
  GATEWAY_KEY,
} from './config-keys.ts';
import { ROOM_KEY } from './door-settings.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal } from './handler.ts';
import type { LinkMaker } from './links.ts';

type Reading = 'system.configs' | 'system.config';
type Setting = 'system.set-configs' | 'system.set-config' | 'system.unset-config';

export function systemHandlers(parts: ManagementParts): ManagementHandlers<Reading | Setting | 'user.info'> {
  return {
    ...reading(parts),
    ...setting(parts),
    'user.info': async ({ scope }) => ({
      ok: {
        tenant: scope.tenantName,
        username: scope.actor,
        permissions: [
          ...COMMON_PERMISSIONS,
          ...(mayDo(scope, 'read-tokens') ? TOKEN_PERMISSIONS : []),
          ...(mayDo(scope, 'approve') ? APPROVAL_PERMISSIONS : []),
        ],
      },
    }),
  };
}

function reading(parts: ManagementParts): ManagementHandlers<Reading> {
  return {
    'system.configs': async ({ scope, links }) => {
      const tenant = await configuredTenant(parts, scope);
      const keys = await keysOf(parts, scope);
      const shown = Object.entries(keys).filter(([key]) => mayRead(scope, key));
      return { ok: Object.fromEntries(shown.map(([key, of]) => [key, valueView(tenant, [key, of], links)])) };
    },
    'system.config': async ({ scope, params, links }) => {
      const { key } = params;
      const of = keyIn(await keysOf(parts, scope), key);
      if (of === undefined) return unknownKey(key);
      if (!mayRead(scope, key)) return { error: 'insufficientPermission', message: 'Insufficient Permission' };
      return { ok: valueView(await configuredTenant(parts, scope), [key, of], links) };
    },
  };
}

function setting(parts: ManagementParts): ManagementHandlers<Setting> {
  const { store, sealer } = parts;
  const set = async (scope: Scope, values: Readonly<Record<string, unknown>>) => {
    const keys = await keysOf(parts, scope);
    const wanted: Wanted[] = [];
    for (const [key, value] of Object.entries(values)) {
      const of = keyIn(keys, key);
      if (of === undefined) return unknownKey(key);
      const refusal = await refusalOfValue(parts, scope, { key, of, value });
      if (refusal !== null) return refusal;
      wanted.push({ key, of, value: value as ConfigurationScalar });
    }
    const options = wanted.map(({ key, value }) => ({ key, value: storedValue(sealer, key, value) }));
    await store.commands.run('tenant-options.set', { scope, options, ...effectsOf(wanted) });
    return DONE;
  };
  return {
    'system.set-configs': ({ scope, body }) => set(scope, body),
    'system.set-config': ({ scope, params, body }) => set(scope, { [params.key]: body.value }),
    'system.unset-config': async ({ scope, params }) => {
      const { key } = params;
      const of = keyIn(await keysOf(parts, scope), key);
      if (of === undefined) return unknownKey(key);
      if (key === DEFAULT_SET_TYPE) return notAllowed(key);
      const effects = effectsOf([{ key, of, value: of.usual }]);
      await store.commands.run('tenant-options.unset', { scope, key, ...effects });
      return DONE;
    },
  };
}

type Wanted = { readonly key: string; readonly of: ConfigurationKey; readonly value: ConfigurationScalar };
type Keys = Readonly<Record<string, ConfigurationKey>>;

/** The default type of distribution sets is a row of the tenant's. */
async function keysOf({ store }: ManagementParts, scope: Scope): Promise<Keys> {
  const kind = await findDefaultReleaseKind(store.reader, scope.tenant);
  const fits = (value: ConfigurationScalar) => Number.isSafeInteger(value) && Number(value) > 0;
  return { ...CONFIGURATION_KEYS, [DEFAULT_SET_TYPE]: { usual: kind?.id ?? 0, fits } };
}

function keyIn(keys: Keys, key: string): ConfigurationKey | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

function mayRead(scope: Scope, key: string): boolean {
  return key !== GATEWAY_KEY || mayDo(scope, 'read-tokens');
}

type Configured = {
  readonly row: TenantRow;
  readonly options: ReadonlyMap<string, TenantOptionRow>;
  readonly sealer: Sealer;
};

async function configuredTenant({ store, sealer }: ManagementParts, scope: Scope): Promise<Configured> {
  const row = await findTenant(store.reader, scope.tenant);
  if (row === undefined) throw new Error(`the tenant ${scope.tenant} of a request is gone`);
  return { row, options: await tenantOptions(store.reader, scope.tenant), sealer };
}

/** What our own API has changed shows, whatever was set here before. */
function valueView(
  { row, options, sealer }: Configured,
  [key, of]: readonly [string, ConfigurationKey],
  links: LinkMaker,
): ConfigurationValue {
  const option = options.get(key);
  const stored = option === undefined ? of.usual : (JSON.parse(option.value) as ConfigurationScalar);
  const value = of.behind?.show(row) ?? (key === GATEWAY_KEY ? unsealed(sealer, stored) : stored);
  return {
    value,
    global: option === undefined && value === of.usual,
    ...(option === undefined ? {} : auditOf(option)),
    _links: { self: links`/system/configs/${key}` },
  };
}

/** The gateway's key is kept under the instance key. */
function storedValue(sealer: Sealer, key: string, value: ConfigurationScalar): string {
  return JSON.stringify(key === GATEWAY_KEY && value !== '' ? sealer.seal(String(value)) : value);
}

function unsealed(sealer: Sealer, stored: ConfigurationScalar): string {
  return stored === '' ? '' : sealer.unseal(String(stored));
}

async function refusalOfValue(
  { store }: ManagementParts,
  scope: Scope,
  { key, of, value }: { readonly key: string; readonly of: ConfigurationKey; readonly value: unknown },
): Promise<ManagementRefusal | null> {
  const isScalar = typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string';
  const isUnknownType =
    key === DEFAULT_SET_TYPE &&
    typeof value === 'number' &&
    (await findReleaseKindById(store.reader, scope.tenant, value)) === undefined;
  if (!isScalar || !of.fits(value) || isUnknownType)
    return { error: 'configValueInvalid', message: `The given value is not valid for the key ${key}` };
  return of.isFixed === true && value !== of.usual ? notAllowed(key) : null;
}

function effectsOf(wanted: readonly Wanted[]): OptionEffects {
  const settings = Object.assign(
    {},
    ...wanted.map(({ of, value }) => of.behind?.change(value) ?? {}),
  ) as OptionEffects['settings'];
  const valueOf = (key: string) => wanted.find((one) => one.key === key)?.value;
  const [gateway, room] = [valueOf(GATEWAY_KEY), valueOf(ROOM_KEY)];
  return {
    settings,
    ...(room === undefined ? {} : { roomPercent: Number(room) }),
    ...(gateway === undefined ? {} : { gatewayTokenHash: gateway === '' ? null : tokenHash(String(gateway)) }),
  };
}

function unknownKey(key: string): ManagementRefusal {
  return { error: 'configKeyInvalid', message: `The given configuration key ${key} is invalid` };
}

function notAllowed(key: string): ManagementRefusal {
  return { error: 'repo.tenantConfigurationValueChangeNotAllowed', message: `${key} cannot be changed so` };
}
