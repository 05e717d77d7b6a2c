import { z } from 'zod';
import type { ManagementRoute } from './route.ts';
import { Audit, Links } from './shapes.ts';

const TAG = 'System Configuration';
const KEY_MAX_CHARACTERS = 128;
const MAX_KEYS_PER_REQUEST = 100;

export const ConfigurationValue = Audit.extend({
  value: z.union([z.boolean(), z.number(), z.string()]),
  global: z.boolean().describe('It is the server’s, as the tenant has set none'),
  _links: Links,
}).meta({ id: 'MgmtSystemTenantConfigurationValue' });
export type ConfigurationValue = z.output<typeof ConfigurationValue>;

const KeyParams = z.object({ key: z.string().max(KEY_MAX_CHARACTERS) });
const NewValue = z.object({ value: z.unknown().optional() }).meta({ id: 'MgmtSystemTenantConfigurationValueRequest' });
const NewValues = z
  .record(z.string().max(KEY_MAX_CHARACTERS), z.unknown())
  .refine((values) => Object.keys(values).length <= MAX_KEYS_PER_REQUEST, 'too many keys');

/** The names of hawkBit's rights (frozen wire words). */
const ENTITIES = [
  'TARGET',
  'TARGET_TYPE',
  'SOFTWARE_MODULE',
  'SOFTWARE_MODULE_TYPE',
  'DISTRIBUTION_SET',
  'DISTRIBUTION_SET_TYPE',
  'ROLLOUT',
  'AUTO_ASSIGNMENT',
  'TENANT_CONFIGURATION',
] as const;
export const COMMON_PERMISSIONS: readonly string[] = [
  ...ENTITIES.flatMap((entity) => ['CREATE', 'READ', 'UPDATE', 'DELETE'].map((verb) => `${verb}_${entity}`)),
  'READ_SOFTWARE_MODULE_ARTIFACT',
  'HANDLE_ROLLOUT',
  'HANDLE_AUTO_ASSIGNMENT',
  'TENANT_CONFIGURATION',
];
export const TOKEN_PERMISSIONS: readonly string[] = ['READ_TARGET_SECURITY_TOKEN', 'READ_GATEWAY_SECURITY_TOKEN'];
export const APPROVAL_PERMISSIONS: readonly string[] = ['APPROVE_ROLLOUT', 'APPROVE_AUTO_ASSIGNMENT'];

const UserInfo = z
  .object({ tenant: z.string(), username: z.string(), permissions: z.array(z.string()) })
  .meta({ id: 'MgmtUserInfo' });

export const systemRoutes = {
  'system.configs': {
    method: 'GET',
    path: '/system/configs',
    tag: TAG,
    summary: 'All settings of the tenant',
    success: { status: 200, body: z.record(z.string(), ConfigurationValue) },
    errors: [],
  },
  'system.set-configs': {
    method: 'PUT',
    path: '/system/configs',
    tag: TAG,
    summary: 'Set some settings: all of these, or none',
    body: NewValues,
    success: { status: 204 },
    errors: ['configKeyInvalid', 'configValueInvalid', 'repo.tenantConfigurationValueChangeNotAllowed'],
  },
  'system.config': {
    method: 'GET',
    path: '/system/configs/{key}',
    tag: TAG,
    summary: 'One setting',
    params: KeyParams,
    success: { status: 200, body: ConfigurationValue },
    errors: ['configKeyInvalid', 'insufficientPermission'],
  },
  'system.set-config': {
    method: 'PUT',
    path: '/system/configs/{key}',
    tag: TAG,
    summary: 'Set one setting',
    params: KeyParams,
    body: NewValue,
    success: { status: 204 },
    errors: ['configKeyInvalid', 'configValueInvalid', 'repo.tenantConfigurationValueChangeNotAllowed'],
  },
  'system.unset-config': {
    method: 'DELETE',
    path: '/system/configs/{key}',
    tag: TAG,
    summary: 'Leave a setting as the server has it',
    params: KeyParams,
    success: { status: 204 },
    errors: ['configKeyInvalid', 'repo.tenantConfigurationValueChangeNotAllowed'],
  },
  'user.info': {
    method: 'GET',
    path: '/userinfo',
    tag: 'Basic Authentication',
    summary: 'Who asks, and what that may do',
    success: { status: 200, body: UserInfo },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
