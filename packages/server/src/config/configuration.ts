import { readConfigFile } from './config-file.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { ListenAddress } from './setting-schemas.ts';
import {
  CONFIG_FILE_VARIABLE,
  environmentNameOf,
  FOREIGN_VARIABLES,
  isOurVariable,
  SETTINGS,
  type Setting,
  type SettingName,
  type SettingValues,
} from './settings.ts';

/** What hawkBit’s door makes no more of than so many. */
export type Quotas = {
  /** Of a group of a rollout, or of an automatic assignment; null: any number. */
  readonly targets: number | null;
  /** Of a target. */
  readonly actions: number;
  /** Of one artifact; null: what every intake takes. */
  readonly artifactBytes: number | null;
  /** Of all artifacts of a tenant; null: what the disk has. */
  readonly storageBytes: number | null;
};

/** What may be shown. */
export type Configuration = {
  readonly listen: ListenAddress;
  readonly publicUrl: string | null;
  readonly dataDir: string;
  readonly tls: {
    readonly certFile: string;
    readonly keyFile: string;
    /** Of the authorities that sign devices' certificates; null: nobody is asked for one. */
    readonly clientCaFile: string | null;
  } | null;
  readonly trustedProxies: readonly string[];
  /** What signed links to artifacts begin with; null: as the others. */
  readonly downloadUrl: string | null;
  /** null: they are not signed. */
  readonly downloadLinkSeconds: number | null;
  readonly quotas: Quotas;
  /** Lower case. */
  readonly deviceHeader: string;
  readonly authorityHeader: string;
  readonly adminUser: string;
};

/** What is never printed. A database's address may hold a password. */
export type Secrets = {
  readonly databaseUrl: string;
  /** Hex. */
  readonly instanceKey: string | null;
  readonly adminPassword: string | null;
};

export type Settings = { readonly configuration: Configuration; readonly secrets: Secrets };

type Raw = { readonly value: unknown; readonly shownAs: string };

/**
 * Environment over file over default, parsed into frozen objects. Throws {@link ConfigurationError} with every problem
 * found: an unknown name, a malformed value, two settings that do not fit each other.
 */
export async function loadSettings(environment: Readonly<Record<string, string | undefined>>): Promise<Settings> {
  const file = environment[CONFIG_FILE_VARIABLE];
  const content = file === undefined || file === '' ? {} : await readConfigFile(file);
  const problems = [...unknownVariables(environment), ...unknownKeys(content, file ?? '')];
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const parsed = parseSetting(SETTINGS[name], findRaw(name, environment, content, file ?? ''));
    if ('problem' in parsed) problems.push(parsed.problem);
    else values[name] = parsed.value;
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  const misfits = misfitsOf(values as SettingValues);
  if (misfits.length > 0) throw new ConfigurationError(misfits);
  return arrange(values as SettingValues);
}

function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = [...Object.keys(SETTINGS).map((name) => environmentNameOf(name as SettingName)), CONFIG_FILE_VARIABLE];
  return Object.keys(environment)
    .filter((name) => isOurVariable(name) && !known.includes(name) && !FOREIGN_VARIABLES.includes(name))
    .map((name) => `${name} is not a setting; expected one of ${known.join(', ')}`);
}

function unknownKeys(content: Readonly<Record<string, unknown>>, file: string): string[] {
  return Object.keys(content)
    .filter((key) => !Object.hasOwn(SETTINGS, key))
    .map((key) => `${key} (in ${file}) is not a setting; expected one of ${Object.keys(SETTINGS).join(', ')}`);
}

/** An empty variable counts as unset: composed environments cannot unset one. */
function findRaw(
  name: SettingName,
  environment: Readonly<Record<string, string | undefined>>,
  content: Readonly<Record<string, unknown>>,
  file: string,
): Raw {
  const variable = environmentNameOf(name);
  const value = environment[variable];
  if (value !== undefined && value !== '') return { value, shownAs: variable };
  if (Object.hasOwn(content, name) && content[name] !== null) {
    return { value: content[name], shownAs: `${name} (in ${file})` };
  }
  return { value: SETTINGS[name].default, shownAs: variable };
}

function parseSetting(setting: Setting, raw: Raw): { value: unknown } | { problem: string } {
  if (raw.value === null) return { value: null };
  // YAML reads an unquoted number as one; a password of digits is meant as text.
  const value = typeof raw.value === 'number' ? String(raw.value) : raw.value;
  const parsed = setting.schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const shown = setting.secret ? '' : ` is ${JSON.stringify(raw.value)};`;
  return { problem: `${raw.shownAs}${shown} expected ${setting.expected}` };
}

function misfitsOf(values: SettingValues): string[] {
  const misfits: string[] = [];
  if ((values.tls_cert === null) !== (values.tls_key === null)) {
    const missing = values.tls_cert === null ? 'tls_cert' : 'tls_key';
    misfits.push(`${environmentNameOf(missing)} is not set; expected ${SETTINGS[missing].expected}`);
  }
  if (values.tls_client_ca !== null && values.tls_cert === null)
    misfits.push(`${environmentNameOf('tls_cert')} is not set; expected ${SETTINGS.tls_cert.expected}`);
  if (values.download_url !== null && values.download_link_seconds === null)
    misfits.push(
      `${environmentNameOf('download_link_seconds')} is not set; expected ${SETTINGS.download_link_seconds.expected}`,
    );
  if (!values.database_url.startsWith('sqlite:') && values.instance_key === null) {
    misfits.push(
      `${environmentNameOf('instance_key')} is required on PostgreSQL; expected ${SETTINGS.instance_key.expected}`,
    );
  }
  return misfits;
}

function arrange(values: SettingValues): Settings {
  const tls =
    values.tls_cert === null || values.tls_key === null
      ? null
      : Object.freeze({ certFile: values.tls_cert, keyFile: values.tls_key, clientCaFile: values.tls_client_ca });
  const configuration = Object.freeze({
    listen: Object.freeze(values.listen),
    publicUrl: values.public_url,
    dataDir: values.data_dir,
    tls,
    trustedProxies: Object.freeze(values.trusted_proxies ?? []),
    downloadUrl: values.download_url,
    downloadLinkSeconds: values.download_link_seconds,
    quotas: Object.freeze({
      targets: values.targets_max,
      actions: values.actions_max,
      artifactBytes: values.artifact_bytes_max,
      storageBytes: values.storage_bytes_max,
    }),
    deviceHeader: values.device_header,
    authorityHeader: values.authority_header,
    adminUser: values.admin_user,
  });
  const secrets = Object.freeze({
    databaseUrl: values.database_url,
    instanceKey: values.instance_key,
    adminPassword: values.admin_password,
  });
  return Object.freeze({ configuration, secrets });
}
