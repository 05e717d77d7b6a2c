import {
  DEFAULT_OVERDUE_ALLOWANCE_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
  formatPollInterval,
  MAX_POLLS_BEFORE_WINDOW,
  NO_POLL_RULES,
} from '@updraft/core';
import { formatPollingTime } from '@updraft/protocols';
import type { TenantRow } from '@updraft/store';
import { pollRulesOf } from '../../use-cases/poll-rules-view.ts';
import type { SettingsChange } from '../../use-cases/tenant-commands.ts';
import { USUAL_REMOVAL } from './door-settings.ts';
import { readPlainTime, readPollingTime } from './polling-time.ts';

export type ConfigurationScalar = boolean | number | string;

/** One key of hawkBit's system configuration. */
export type ConfigurationKey = {
  readonly usual: ConfigurationScalar;
  readonly fits: (value: ConfigurationScalar) => boolean;
  /** A setting of ours stands behind it: how it shows, and what a value changes. */
  readonly behind?: {
    readonly show: (tenant: TenantRow) => ConfigurationScalar;
    readonly change: (value: ConfigurationScalar) => SettingsChange;
  };
  /** With us it is always so. */
  readonly isFixed?: true;
};

const isText = (value: ConfigurationScalar): value is string => typeof value === 'string' && value.length <= TEXT_MAX;
const isWhole = (least: number, most: number) => (value: ConfigurationScalar) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
const isFlag = (value: ConfigurationScalar): value is boolean => typeof value === 'boolean';

/** hawkBit's limit of a value. */
const TEXT_MAX = 32_768;

const flag = (usual: boolean): ConfigurationKey => ({ usual, fits: isFlag });

function flagBehind(
  usual: boolean,
  column: 'trusted_header' | 'target_tokens' | 'gateway_tokens',
  setting: 'trustedHeader' | 'targetTokens' | 'gatewayTokens',
): ConfigurationKey {
  return {
    ...flag(usual),
    behind: { show: (tenant) => tenant[column] === 1, change: (value) => ({ [setting]: value === true }) },
  };
}

const DELETABLE: readonly string[] = ['CANCELED', 'ERROR', 'FINISHED'];
const isStatusList = (value: ConfigurationScalar): boolean =>
  isText(value) &&
  value.split(',').every((word) => word.trim() === '' || DELETABLE.includes(word.trim().toUpperCase()));

function removalKey(key: keyof typeof USUAL_REMOVAL, fits: ConfigurationKey['fits']) {
  return { [key]: { usual: USUAL_REMOVAL[key], fits } };
}

export const GATEWAY_KEY = 'authentication.gatewaytoken.key';
export const DEFAULT_SET_TYPE = 'default.ds.type';

/** Every key but that of the default type of distribution sets, whose default is a row of the tenant's. */
export const CONFIGURATION_KEYS: Readonly<Record<string, ConfigurationKey>> = {
  'authentication.header.enabled': flagBehind(false, 'trusted_header', 'trustedHeader'),
  'authentication.header.authority': {
    usual: '',
    fits: isText,
    behind: {
      show: (tenant) => tenant.header_authorities,
      change: (value) => ({ headerAuthorities: String(value) }),
    },
  },
  'authentication.targettoken.enabled': flagBehind(true, 'target_tokens', 'targetTokens'),
  'authentication.gatewaytoken.enabled': flagBehind(false, 'gateway_tokens', 'gatewayTokens'),
  [GATEWAY_KEY]: { usual: '', fits: isText },
  pollingTime: {
    usual: formatPollInterval(DEFAULT_POLL_INTERVAL_SECONDS),
    fits: (value) => isText(value) && readPollingTime(value) !== null,
    behind: {
      show: (tenant) => formatPollingTime({ seconds: tenant.poll_interval_seconds, ...pollRulesOf(tenant.poll_rules) }),
      change: (value) => readPollingTime(String(value)) ?? {},
    },
  },
  pollingOverdueTime: {
    usual: formatPollInterval(DEFAULT_OVERDUE_ALLOWANCE_SECONDS),
    fits: (value) => isText(value) && readPlainTime(value) !== null,
    behind: {
      show: (tenant) => formatPollInterval(tenant.overdue_allowance_seconds),
      change: (value) => ({ overdueAllowance: formatPollInterval(readPlainTime(String(value)) ?? 0) }),
    },
  },
  maintenanceWindowPollCount: {
    usual: NO_POLL_RULES.pollsBeforeWindow,
    fits: isWhole(1, MAX_POLLS_BEFORE_WINDOW),
    behind: {
      show: (tenant) => pollRulesOf(tenant.poll_rules).pollsBeforeWindow,
      change: (value) => ({ pollsBeforeWindow: Number(value) }),
    },
  },
  'rollout.approval.enabled': flag(false),
  'auto.assignment.approval.enabled': flag(false),
  'repository.actions.autoclose.enabled': flag(false),
  ...removalKey('action.cleanup.auto.expiry', isWhole(-1, Number.MAX_SAFE_INTEGER)),
  ...removalKey('action.cleanup.auto.status', isStatusList),
  ...removalKey('action.cleanup.onQuotaHit.percent', isWhole(0, 100)),
  ...removalKey('action.delete.allowed.statuses', isStatusList),
  'batch.assignments.enabled': flag(false),
  'user.confirmation.flow.enabled': flag(false),
  'implicit.lock.enabled': { ...flag(true), isFixed: true },
};
