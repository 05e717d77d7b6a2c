import {
  MAX_FILTER_CHARACTERS,
  MAX_PENALTY_FAILURES,
  MAX_PENALTY_SECONDS,
  MAX_POLL_INTERVAL_SECONDS,
  MAX_POLLS_BEFORE_WINDOW,
  MAX_RETENTION_DAYS,
  MIN_POLL_INTERVAL_SECONDS,
  parseDuration,
  parsePollInterval,
  RIGHTS,
} from '@updraft/core';
import { z } from 'zod';
import { ATTRIBUTE_KEY_MAX_CHARACTERS } from '../ddi/config-data.ts';
import { ListQuery, Name, pageOf, Timestamp, Uid, UidParams } from './list.ts';
import type { Route } from './route.ts';

export const PASSWORD_MAX_CHARACTERS = 256;

export const PollInterval = z
  .string()
  .refine((text) => parsePollInterval(text) !== null, 'expected HH:MM:SS from 00:00:01 to 23:59:59')
  .describe(`HH:MM:SS, ${MIN_POLL_INTERVAL_SECONDS} s to ${MAX_POLL_INTERVAL_SECONDS} s`);

const OverdueAllowance = z
  .string()
  .refine((text) => parseDuration(text) !== null, 'expected HH:MM:SS up to 23:59:59')
  .describe('HH:MM:SS; how long after its next poll was due a device is overdue');

const AttributeName = z.string().trim().min(1).max(ATTRIBUTE_KEY_MAX_CHARACTERS).nullable();

export const SIGNING_POLICIES = ['off', 'warn', 'require'] as const;

export const TenantName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'letters, digits, "-" and "_"');

export const Tenant = z
  .object({ id: Uid, name: TenantName, createdAt: Timestamp })
  .meta({ id: 'Tenant' });

const KeptDays = z.number().int().min(0).max(MAX_RETENTION_DAYS);

const MAX_AUTHORITIES_CHARACTERS = 4096;
const MAX_POLL_OVERRIDES = 50;

const PollOverride = z
  .object({
    filter: z.string().min(1).max(MAX_FILTER_CHARACTERS),
    pollInterval: PollInterval,
    deviationPercent: z.number().int().min(0).max(99).default(0),
  })
  .meta({ id: 'PollOverride' });

export const TenantSettings = z
  .object({
    pollInterval: PollInterval,
    overdueAllowance: OverdueAllowance,
    zoneAttribute: AttributeName.describe('The attribute in which devices name their time zone; null: none'),
    siteAttribute: AttributeName.describe('The attribute in which devices name their site; null: none'),
    signingPolicy: z.enum(SIGNING_POLICIES).describe('What happens to a bundle without a registered signature'),
    targetTokens: z.boolean().describe('Devices may authenticate with a token of their own'),
    gatewayTokens: z.boolean().describe('Devices may authenticate, and join, with a gateway token'),
    trustedHeader: z.boolean().describe('A named proxy may say in a header who a device is, or a certificate that it shows to this server, and devices may join so'),
    headerAuthorities: z.string().max(MAX_AUTHORITIES_CHARACTERS).describe('Issuers in whose name the proxy may speak, parted by `,` or `;`; or whose certificates count: their names or SHA-256 fingerprints'),
    pollDeviationPercent: z.number().int().min(0).max(99).describe('By how much a device’s interval may differ from the poll interval'),
    pollsBeforeWindow: z.number().int().min(1).max(MAX_POLLS_BEFORE_WINDOW).describe('How often a device is to ask before the window of its update opens'),
    pollOverrides: z.array(PollOverride).max(MAX_POLL_OVERRIDES).describe('Other intervals for some devices; the first filter that matches counts'),
    penaltyFailures: z.number().int().min(0).max(MAX_PENALTY_FAILURES).describe('A device whose attempts fail so often is set aside; 0: none is'),
    penaltyWithinSeconds: z.number().int().min(1).max(MAX_PENALTY_SECONDS).describe('The time in which failures count'),
    penaltySeconds: z.number().int().min(1).max(MAX_PENALTY_SECONDS).describe('How long a device is set aside'),
    keepRolloutsDays: KeptDays.describe('How long after its end a rollout goes with its assignments and reports; 0: never'),
    keepEventsDays: KeptDays.describe('How long events are kept; 0: for ever'),
    keepArtifactsDays: KeptDays.describe('How long artifacts are kept that no component names; 0: for ever'),
    revision: z.number().int(),
  })
  .meta({ id: 'TenantSettings' });

const NewTenant = z.object({ name: TenantName }).meta({ id: 'NewTenant' });
const TenantSettingsChange = TenantSettings.omit({ revision: true }).partial().meta({ id: 'TenantSettingsChange' });

/** What users and tokens may be given. */
export const GRANTABLE_RIGHTS = RIGHTS;
const Rights = z.array(z.enum(RIGHTS)).max(RIGHTS.length).describe('What not everybody may do');

export const User = z
  .object({ id: Uid, name: Name, rights: Rights, createdAt: Timestamp, revision: z.number().int() })
  .meta({ id: 'User' });
const Password = z.string().min(1).max(PASSWORD_MAX_CHARACTERS);
const NewUser = z
  .object({ name: Name, password: Password, rights: Rights.optional().describe('Else those of who adds the user') })
  .meta({ id: 'NewUser' });
const UserChange = z.object({ password: Password, rights: Rights }).partial().meta({ id: 'UserChange' });

export const Token = z
  .object({
    id: Uid,
    name: Name.describe('The machine or purpose that acts under this name'),
    user: z.string().nullable().describe('The user who acts through it; null for a machine of its own'),
    createdBy: z.string(),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable(),
    rights: Rights,
  })
  .meta({ id: 'Token' });
const NewToken = z
  .object({
    name: Name,
    kind: z.enum(['personal', 'machine']).default('machine').describe('Whether events name you or the token'),
    expiresAt: Timestamp.optional(),
    rights: Rights.optional().describe('Else yours for a personal token, none for a machine'),
  })
  .meta({ id: 'NewToken' });
export const CreatedToken = Token.extend({ secret: z.string().describe('Shown this once') }).meta({ id: 'CreatedToken' });

export const GatewayToken = z
  .object({
    id: Uid,
    name: Name,
    deviceType: z.string().nullable().describe('It vouches for devices of this type only, and those that join get it; null: any'),
    createdAt: Timestamp,
  })
  .meta({ id: 'GatewayToken' });
const NewGatewayToken = z
  .object({ name: Name, deviceType: Name.nullable().default(null) })
  .meta({ id: 'NewGatewayToken' });
export const CreatedGatewayToken = GatewayToken.extend({ secret: z.string() }).meta({ id: 'CreatedGatewayToken' });

export const SigningCertificate = z
  .object({
    id: Uid,
    name: Name,
    subject: z.string(),
    fingerprint: z.string().describe('sha256 of the DER, hex'),
    notBefore: Timestamp,
    notAfter: Timestamp,
    pem: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: 'SigningCertificate' });
export const MAX_CERTIFICATE_BYTES = 65_536;
const NewSigningCertificate = z
  .object({ name: Name, pem: z.string().min(1).max(MAX_CERTIFICATE_BYTES) })
  .meta({ id: 'NewSigningCertificate' });

export const Whoami = z
  .object({ tenant: z.string(), actor: z.string(), kind: z.enum(['user', 'machine']), version: z.string(), rights: Rights })
  .meta({ id: 'Whoami' });

const TenantNameParams = z.object({ tenant: TenantName });

export const accessRoutes = {
  'whoami.show': { method: 'GET', path: '/whoami', tag: 'access', summary: 'Who this credential acts as', success: { status: 200, body: Whoami }, errors: [] },
  'tenants.list': { method: 'GET', path: '/tenants', tag: 'tenants', summary: 'Tenants', description: 'All of them for users of the tenant DEFAULT, your own for others.', query: ListQuery, success: { status: 200, body: pageOf(Tenant) }, errors: [] },
  'tenants.create': { method: 'POST', path: '/tenants', tag: 'tenants', summary: 'Create a tenant with a first user', description: 'Users of the tenant DEFAULT alone may do this.', body: NewTenant.extend({ user: NewUser }).meta({ id: 'NewTenantWithUser' }), success: { status: 201, body: Tenant }, errors: ['name-taken', 'not-permitted'], creates: true },
  'tenants.delete': { method: 'DELETE', path: '/tenants/{tenant}', tag: 'tenants', summary: 'Delete a tenant that holds neither devices nor software', description: 'Users of the tenant DEFAULT alone may do this, and not to DEFAULT.', params: TenantNameParams, success: { status: 204 }, errors: ['not-found', 'not-permitted', 'tenant-in-use'] },
  'settings.show': { method: 'GET', path: '/settings', tag: 'tenants', summary: 'Settings of your tenant', success: { status: 200, body: TenantSettings }, errors: [], versioned: true },
  'settings.change': { method: 'PATCH', path: '/settings', tag: 'tenants', summary: 'Change settings of your tenant', body: TenantSettingsChange, success: { status: 200, body: TenantSettings }, errors: ['filter-invalid'], changes: true, versioned: true },
  'users.list': { method: 'GET', path: '/users', tag: 'access', summary: 'Users', query: ListQuery, success: { status: 200, body: pageOf(User) }, errors: [] },
  'users.create': { method: 'POST', path: '/users', tag: 'access', summary: 'Add a user', body: NewUser, success: { status: 201, body: User }, errors: ['name-taken', 'not-permitted'], creates: true },
  'users.change': { method: 'PATCH', path: '/users/{id}', tag: 'access', summary: 'Set a new password, or other rights', params: UidParams, body: UserChange, success: { status: 200, body: User }, errors: ['not-found', 'not-permitted'], changes: true, versioned: true },
  'users.delete': { method: 'DELETE', path: '/users/{id}', tag: 'access', summary: 'Remove a user and the tokens of that user', params: UidParams, success: { status: 204 }, errors: ['not-found', 'last-user'], changes: true },
  'tokens.list': { method: 'GET', path: '/tokens', tag: 'access', summary: 'API tokens', query: ListQuery, success: { status: 200, body: pageOf(Token) }, errors: [] },
  'tokens.create': { method: 'POST', path: '/tokens', tag: 'access', summary: 'Make an API token; its secret is shown once', body: NewToken, success: { status: 201, body: CreatedToken }, errors: ['name-taken', 'not-permitted'], creates: true },
  'tokens.delete': { method: 'DELETE', path: '/tokens/{id}', tag: 'access', summary: 'Revoke an API token', params: UidParams, success: { status: 204 }, errors: ['not-found'] },
  'gateway-tokens.list': { method: 'GET', path: '/gateway-tokens', tag: 'access', summary: 'Gateway tokens: with one of these a device joins by itself', query: ListQuery, success: { status: 200, body: pageOf(GatewayToken) }, errors: [] },
  'gateway-tokens.create': { method: 'POST', path: '/gateway-tokens', tag: 'access', summary: 'Make a gateway token; its secret is shown once', body: NewGatewayToken, success: { status: 201, body: CreatedGatewayToken }, errors: ['name-taken', 'not-found'], creates: true },
  'gateway-tokens.delete': { method: 'DELETE', path: '/gateway-tokens/{id}', tag: 'access', summary: 'Revoke a gateway token', params: UidParams, success: { status: 204 }, errors: ['not-found'] },
  'signing-certificates.list': { method: 'GET', path: '/signing-certificates', tag: 'trust', summary: 'Certificates whose signatures on bundles are accepted', query: ListQuery, success: { status: 200, body: pageOf(SigningCertificate) }, errors: [] },
  'signing-certificates.create': { method: 'POST', path: '/signing-certificates', tag: 'trust', summary: 'Register a signing certificate; with the first one the policy becomes `require`', body: NewSigningCertificate, success: { status: 201, body: SigningCertificate }, errors: ['name-taken', 'certificate-invalid'], creates: true },
  'signing-certificates.delete': { method: 'DELETE', path: '/signing-certificates/{id}', tag: 'trust', summary: 'Remove a signing certificate; with the last one the policy becomes `off`', params: UidParams, success: { status: 204 }, errors: ['not-found'] },
} as const satisfies Record<string, Route>;
