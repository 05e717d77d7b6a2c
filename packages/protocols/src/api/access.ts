import { MAX_POLL_INTERVAL_SECONDS, MIN_POLL_INTERVAL_SECONDS, parsePollInterval } from '@updraft/core';
import { z } from 'zod';
import { ListQuery, Name, pageOf, Timestamp, Uid, UidParams } from './list.ts';
import type { Route } from './route.ts';

export const PASSWORD_MAX_CHARACTERS = 256;

export const PollInterval = z
  .string()
  .refine((text) => parsePollInterval(text) !== null, 'expected HH:MM:SS from 00:00:01 to 23:59:59')
  .describe(`HH:MM:SS, ${MIN_POLL_INTERVAL_SECONDS} s to ${MAX_POLL_INTERVAL_SECONDS} s`);

export const SIGNING_POLICIES = ['off', 'warn', 'require'] as const;

export const TenantName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'letters, digits, "-" and "_"');

export const Tenant = z
  .object({ id: Uid, name: TenantName, createdAt: Timestamp })
  .meta({ id: 'Tenant' });

export const TenantSettings = z
  .object({
    pollInterval: PollInterval,
    signingPolicy: z.enum(SIGNING_POLICIES).describe('What happens to a bundle without a registered signature'),
    targetTokens: z.boolean().describe('Devices may authenticate with a token of their own'),
    gatewayTokens: z.boolean().describe('Devices may authenticate, and join, with a gateway token'),
    revision: z.number().int(),
  })
  .meta({ id: 'TenantSettings' });

const NewTenant = z.object({ name: TenantName }).meta({ id: 'NewTenant' });
const TenantSettingsChange = TenantSettings.omit({ revision: true }).partial().meta({ id: 'TenantSettingsChange' });

export const User = z
  .object({ id: Uid, name: Name, createdAt: Timestamp, revision: z.number().int() })
  .meta({ id: 'User' });
const Password = z.string().min(1).max(PASSWORD_MAX_CHARACTERS);
const NewUser = z.object({ name: Name, password: Password }).meta({ id: 'NewUser' });
const UserChange = z.object({ password: Password }).meta({ id: 'UserChange' });

export const Token = z
  .object({
    id: Uid,
    name: Name.describe('The machine or purpose that acts under this name'),
    user: z.string().nullable().describe('The user who acts through it; null for a machine of its own'),
    createdBy: z.string(),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Token' });
const NewToken = z
  .object({
    name: Name,
    kind: z.enum(['personal', 'machine']).default('machine').describe('Whether events name you or the token'),
    expiresAt: Timestamp.optional(),
  })
  .meta({ id: 'NewToken' });
export const CreatedToken = Token.extend({ secret: z.string().describe('Shown this once') }).meta({ id: 'CreatedToken' });

export const GatewayToken = z
  .object({ id: Uid, name: Name, createdAt: Timestamp })
  .meta({ id: 'GatewayToken' });
const NewGatewayToken = z.object({ name: Name }).meta({ id: 'NewGatewayToken' });
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
  .object({ tenant: z.string(), actor: z.string(), kind: z.enum(['user', 'machine']), version: z.string() })
  .meta({ id: 'Whoami' });

const TenantNameParams = z.object({ tenant: TenantName });

export const accessRoutes = {
  'whoami.show': { method: 'GET', path: '/whoami', tag: 'access', summary: 'Who this credential acts as', success: { status: 200, body: Whoami }, errors: [] },
  'tenants.list': { method: 'GET', path: '/tenants', tag: 'tenants', summary: 'Tenants', description: 'All of them for users of the tenant DEFAULT, your own for others.', query: ListQuery, success: { status: 200, body: pageOf(Tenant) }, errors: [] },
  'tenants.create': { method: 'POST', path: '/tenants', tag: 'tenants', summary: 'Create a tenant with a first user', description: 'Users of the tenant DEFAULT alone may do this.', body: NewTenant.extend({ user: NewUser }).meta({ id: 'NewTenantWithUser' }), success: { status: 201, body: Tenant }, errors: ['name-taken', 'not-permitted'], creates: true },
  'tenants.delete': { method: 'DELETE', path: '/tenants/{tenant}', tag: 'tenants', summary: 'Delete a tenant that holds neither devices nor software', description: 'Users of the tenant DEFAULT alone may do this, and not to DEFAULT.', params: TenantNameParams, success: { status: 204 }, errors: ['not-found', 'not-permitted', 'tenant-in-use'] },
  'settings.show': { method: 'GET', path: '/settings', tag: 'tenants', summary: 'Settings of your tenant', success: { status: 200, body: TenantSettings }, errors: [], versioned: true },
  'settings.change': { method: 'PATCH', path: '/settings', tag: 'tenants', summary: 'Change settings of your tenant', body: TenantSettingsChange, success: { status: 200, body: TenantSettings }, errors: [], changes: true, versioned: true },
  'users.list': { method: 'GET', path: '/users', tag: 'access', summary: 'Users', query: ListQuery, success: { status: 200, body: pageOf(User) }, errors: [] },
  'users.create': { method: 'POST', path: '/users', tag: 'access', summary: 'Add a user', body: NewUser, success: { status: 201, body: User }, errors: ['name-taken'], creates: true },
  'users.change': { method: 'PATCH', path: '/users/{id}', tag: 'access', summary: 'Set a new password', params: UidParams, body: UserChange, success: { status: 200, body: User }, errors: ['not-found'], changes: true, versioned: true },
  'users.delete': { method: 'DELETE', path: '/users/{id}', tag: 'access', summary: 'Remove a user and the tokens of that user', params: UidParams, success: { status: 204 }, errors: ['not-found', 'last-user'], changes: true },
  'tokens.list': { method: 'GET', path: '/tokens', tag: 'access', summary: 'API tokens', query: ListQuery, success: { status: 200, body: pageOf(Token) }, errors: [] },
  'tokens.create': { method: 'POST', path: '/tokens', tag: 'access', summary: 'Make an API token; its secret is shown once', body: NewToken, success: { status: 201, body: CreatedToken }, errors: ['name-taken', 'not-permitted'], creates: true },
  'tokens.delete': { method: 'DELETE', path: '/tokens/{id}', tag: 'access', summary: 'Revoke an API token', params: UidParams, success: { status: 204 }, errors: ['not-found'] },
  'gateway-tokens.list': { method: 'GET', path: '/gateway-tokens', tag: 'access', summary: 'Gateway tokens: with one of these a device joins by itself', query: ListQuery, success: { status: 200, body: pageOf(GatewayToken) }, errors: [] },
  'gateway-tokens.create': { method: 'POST', path: '/gateway-tokens', tag: 'access', summary: 'Make a gateway token; its secret is shown once', body: NewGatewayToken, success: { status: 201, body: CreatedGatewayToken }, errors: ['name-taken'], creates: true },
  'gateway-tokens.delete': { method: 'DELETE', path: '/gateway-tokens/{id}', tag: 'access', summary: 'Revoke a gateway token', params: UidParams, success: { status: 204 }, errors: ['not-found'] },
  'signing-certificates.list': { method: 'GET', path: '/signing-certificates', tag: 'trust', summary: 'Certificates whose signatures on bundles are accepted', query: ListQuery, success: { status: 200, body: pageOf(SigningCertificate) }, errors: [] },
  'signing-certificates.create': { method: 'POST', path: '/signing-certificates', tag: 'trust', summary: 'Register a signing certificate; with the first one the policy becomes `require`', body: NewSigningCertificate, success: { status: 201, body: SigningCertificate }, errors: ['name-taken', 'certificate-invalid'], creates: true },
  'signing-certificates.delete': { method: 'DELETE', path: '/signing-certificates/{id}', tag: 'trust', summary: 'Remove a signing certificate; with the last one the policy becomes `off`', params: UidParams, success: { status: 204 }, errors: ['not-found'] },
} as const satisfies Record<string, Route>;
