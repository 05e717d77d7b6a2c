import {
  DEFAULT_PENALTY_RULE,
  DEFAULT_OVERDUE_ALLOWANCE_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
  DEFAULT_RETENTION,
  fold,
  formatPollInterval,
  parseDuration,
  parsePollInterval,
  RIGHTS,
} from '@updraft/core';
import type { Tenant, TenantSettings } from '@updraft/protocols';
import {
  appendEvent,
  changeTenantSettings,
  type CommandContext,
  deleteTenant,
  findTenantByName,
  hasAnyTenant,
  insertFirstKinds,
  insertTenant,
  insertUser,
  lockTenant,
  renewPlaces,
  tenantHolds,
  type TenantRow,
  type TenantSettingsRow,
} from '@updraft/store';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { changedPollRules, pollRulesView, type PollRulesChange } from './poll-rules-view.ts';
import { timestamp } from './timestamp.ts';

/** The tenant of the first start; its users alone create and delete tenants. */
export const FIRST_TENANT = 'DEFAULT';

export const NEW_TENANT_SETTINGS: TenantSettingsRow = {
  poll_interval_seconds: DEFAULT_POLL_INTERVAL_SECONDS,
  overdue_allowance_seconds: DEFAULT_OVERDUE_ALLOWANCE_SECONDS,
  zone_attribute: null,
  site_attribute: null,
  signing_policy: 'off',
  target_tokens: 1,
  gateway_tokens: 0,
  trusted_header: 0,
  header_authorities: '',
  poll_rules: '',
  penalty_failures: DEFAULT_PENALTY_RULE.failures,
  penalty_within_seconds: DEFAULT_PENALTY_RULE.withinSeconds,
  penalty_seconds: DEFAULT_PENALTY_RULE.seconds,
  keep_rollouts_days: DEFAULT_RETENTION.rollouts,
  keep_events_days: DEFAULT_RETENTION.events,
  keep_artifacts_days: DEFAULT_RETENTION.artifacts,
};

export type TenantView = z.output<typeof Tenant>;
export type SettingsView = z.output<typeof TenantSettings>;
type FirstUser = { readonly name: string; readonly passwordHash: string };
export type SettingsChange = Partial<Omit<SettingsView, 'revision' | 'pollOverrides'>> & PollRulesChange;

export const tenantCommands = {
  'server.first-start': firstStart,
  'tenant.create': once(createTenant),
  'tenant.delete': removeTenant,
  'settings.change': changeSettings,
};

export function tenantView(row: TenantRow): TenantView {
  return { id: row.uid, name: row.name, createdAt: timestamp(row.created_at) };
}

export function settingsView(row: TenantRow): SettingsView {
  return {
    pollInterval: formatPollInterval(row.poll_interval_seconds),
    overdueAllowance: formatPollInterval(row.overdue_allowance_seconds),
    zoneAttribute: row.zone_attribute,
    siteAttribute: row.site_attribute,
    signingPolicy: row.signing_policy,
    targetTokens: row.target_tokens === 1,
    gatewayTokens: row.gateway_tokens === 1,
    trustedHeader: row.trusted_header === 1,
    headerAuthorities: row.header_authorities,
    ...pollRulesView(row.poll_rules),
    penaltyFailures: row.penalty_failures,
    penaltyWithinSeconds: row.penalty_within_seconds,
    penaltySeconds: row.penalty_seconds,
    keepRolloutsDays: row.keep_rollouts_days,
    keepEventsDays: row.keep_events_days,
    keepArtifactsDays: row.keep_artifacts_days,
    revision: row.revision,
  };
}

export function mayManageTenants(scope: Scope): boolean {
  return fold(scope.tenantName) === fold(FIRST_TENANT);
}

/** Makes the first tenant and its user, unless any tenant stands. Of many servers that start at once, one does. */
async function firstStart(context: CommandContext, input: { readonly user: FirstUser }) {
  if (await hasAnyTenant(context.db)) return { outcome: 'stood' as const };
  const tenant = await insertTenant(context, FIRST_TENANT, NEW_TENANT_SETTINGS);
  if (tenant === undefined) return { outcome: 'stood' as const };
  await insertFirstKinds(context, tenant.id, input.user.name);
  await insertUser(context, { ...input.user, tenant: tenant.id, rights: RIGHTS });
  await noteTenant(context, tenant.id, 'tenant.created', { tenant: FIRST_TENANT, user: input.user.name, actor: null });
  return { outcome: 'made' as const };
}

async function createTenant(
  context: CommandContext,
  input: { readonly scope: Scope; readonly name: string; readonly user: FirstUser },
) {
  if (!mayManageTenants(input.scope)) return refused('not-permitted');
  const tenant = await insertTenant(context, input.name, NEW_TENANT_SETTINGS);
  if (tenant === undefined) return refused('name-taken');
  const user = await insertUser(context, { ...input.user, tenant: tenant.id, rights: RIGHTS });
  if (user === undefined) {
    await deleteTenant(context, tenant.id);
    return refused('name-taken');
  }
  await insertFirstKinds(context, tenant.id, input.scope.actor);
  const told = { tenant: tenant.name, user: user.name, actor: input.scope.actor };
  await noteTenant(context, input.scope.tenant, 'tenant.created', told);
  return { outcome: 'created' as const, tenant: tenantView(tenant) };
}

/** A tenant that holds devices or software is not deleted: its objects and its history would be lost unasked. */
async function removeTenant(context: CommandContext, input: { readonly scope: Scope; readonly name: string }) {
  if (!mayManageTenants(input.scope)) return refused('not-permitted');
  const found = await findTenantByName(context.db, input.name);
  if (found === undefined) return refused('not-found');
  if (found.id === input.scope.tenant) return refused('not-permitted');
  await lockTenant(context, found.id);
  if ((await tenantHolds(context.db, found.id)) !== null) return refused('tenant-in-use');
  await deleteTenant(context, found.id);
  await noteTenant(context, input.scope.tenant, 'tenant.deleted', { tenant: found.name, actor: input.scope.actor });
  return { outcome: 'deleted' as const };
}

async function changeSettings(
  context: CommandContext,
  input: { readonly scope: Scope; readonly expectedRevision: number | null; readonly change: SettingsChange },
) {
  const { scope, expectedRevision, change } = input;
  const before = await lockTenant(context, scope.tenant);
  if (before === undefined) return refused('not-found');
  if (expectedRevision !== null && before.revision !== expectedRevision) return refused('precondition-failed');
  const row = await changeTenantSettings(context, scope.tenant, {
    ...settingsRow(change),
    poll_rules: changedPollRules(before.poll_rules, change),
  });
  if (row.zone_attribute !== before.zone_attribute || row.site_attribute !== before.site_attribute)
    await renewPlaces(context, scope.tenant);
  await appendEvent(context, {
    tenant: scope.tenant,
    name: 'settings.changed',
    actor: scope.actor,
    subject: { kind: 'tenant', id: row.uid },
    data: change,
  });
  return { outcome: 'changed' as const, settings: settingsView(row) };
}

function settingsRow(change: SettingsChange): Partial<TenantSettingsRow> {
  const seconds = change.pollInterval === undefined ? null : parsePollInterval(change.pollInterval);
  return {
    ...(seconds === null ? {} : { poll_interval_seconds: seconds }),
    ...(change.overdueAllowance === undefined
      ? {}
      : { overdue_allowance_seconds: parseDuration(change.overdueAllowance) ?? DEFAULT_OVERDUE_ALLOWANCE_SECONDS }),
    ...(change.zoneAttribute === undefined ? {} : { zone_attribute: change.zoneAttribute }),
    ...(change.siteAttribute === undefined ? {} : { site_attribute: change.siteAttribute }),
    ...(change.signingPolicy === undefined ? {} : { signing_policy: change.signingPolicy }),
    ...(change.penaltyFailures === undefined ? {} : { penalty_failures: change.penaltyFailures }),
    ...(change.penaltyWithinSeconds === undefined ? {} : { penalty_within_seconds: change.penaltyWithinSeconds }),
    ...(change.penaltySeconds === undefined ? {} : { penalty_seconds: change.penaltySeconds }),
    ...(change.keepRolloutsDays === undefined ? {} : { keep_rollouts_days: change.keepRolloutsDays }),
    ...(change.keepEventsDays === undefined ? {} : { keep_events_days: change.keepEventsDays }),
    ...(change.keepArtifactsDays === undefined ? {} : { keep_artifacts_days: change.keepArtifactsDays }),
    ...(change.targetTokens === undefined ? {} : { target_tokens: change.targetTokens ? (1 as const) : (0 as const) }),
    ...(change.gatewayTokens === undefined
      ? {}
      : { gateway_tokens: change.gatewayTokens ? (1 as const) : (0 as const) }),
    ...(change.trustedHeader === undefined
      ? {}
      : { trusted_header: change.trustedHeader ? (1 as const) : (0 as const) }),
    ...(change.headerAuthorities === undefined ? {} : { header_authorities: change.headerAuthorities }),
  };
}

/** Tenants come and go in the log of the tenant that manages them. */
async function noteTenant(
  context: CommandContext,
  managingTenant: number,
  name: 'tenant.created' | 'tenant.deleted',
  told: { readonly tenant: string; readonly user?: string; readonly actor: string | null },
) {
  await appendEvent(context, {
    tenant: managingTenant,
    name,
    actor: told.actor,
    subject: { kind: 'tenant', id: told.tenant },
    data: told.user === undefined ? {} : { user: told.user },
  });
}
