import { z } from 'zod';
import {
  BytesText,
  CountText,
  DatabaseUrlText,
  HeaderNameText,
  InstanceKeyText,
  LinkSecondsText,
  ListenAddressText,
  PathText,
  ProxiesText,
  PublicUrlText,
} from './setting-schemas.ts';

export type Setting = {
  readonly schema: z.ZodType;
  /** As one would write it; null where there is none. */
  readonly default: string | null;
  /** Completes "expected …" in the message that stops the start. */
  readonly expected: string;
  /** For people; docs/configuration.md shows it. */
  readonly sentence: string;
  /** Never printed, never in the configuration object. */
  readonly secret?: true;
};

/** Every setting of the server. In the environment its name is `UPDRAFT_` and the upper case; in the file as here. */
export const SETTINGS = {
  listen: {
    schema: ListenAddressText,
    default: '127.0.0.1:8080',
    expected: 'HOST:PORT, such as 0.0.0.0:8443 or [::]:8443',
    sentence:
      'Address and port. The default is reachable from this machine only, because without a certificate passwords and tokens would cross a network in clear.',
  },
  public_url: {
    schema: PublicUrlText,
    default: null,
    expected: 'an http or https address without a path, such as https://updates.example.com',
    sentence: 'What links to this server begin with. Without it they begin with the Host that the client named.',
  },
  data_dir: {
    schema: PathText,
    default: 'updraft-data',
    expected: 'a directory',
    sentence: 'Where the embedded database, the artifacts and the instance key are kept; made if it is missing.',
  },
  database_url: {
    schema: DatabaseUrlText,
    default: 'sqlite:',
    expected: '"sqlite:" or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    sentence: '`sqlite:` is the embedded database in the data directory; `postgres://…` lets many servers share one.',
    secret: true,
  },
  tls_cert: {
    schema: PathText,
    default: null,
    expected: 'a PEM file with the certificate and its chain',
    sentence: 'Serves HTTPS with this certificate; UPDRAFT_TLS_KEY goes with it.',
  },
  tls_key: {
    schema: PathText,
    default: null,
    expected: 'a PEM file with the private key of UPDRAFT_TLS_CERT',
    sentence: 'The private key of the certificate.',
  },
  tls_client_ca: {
    schema: PathText,
    default: null,
    expected: 'a PEM file with certificates of authorities',
    sentence:
      'Authorities that sign devices’ certificates: who shows one of theirs needs no token, where the tenant names its issuer (`headerAuthorities`). The common name of its subject is the device’s. UPDRAFT_TLS_CERT goes with it; other clients are asked for a certificate, and need none.',
  },
  instance_key: {
    schema: InstanceKeyText,
    default: null,
    expected: '32 bytes as 64 hexadecimal digits or base64, such as `openssl rand -hex 32` prints',
    sentence:
      'Seals the secrets that the database holds. Without it one is made at the first start and kept in the data directory, mode 0600; on PostgreSQL it is required, and the same on all servers.',
    secret: true,
  },
  trusted_proxies: {
    schema: ProxiesText,
    default: null,
    expected: 'addresses or networks, comma-separated, such as 10.0.0.5,192.168.0.0/24',
    sentence: 'Reverse proxies whose X-Forwarded-* headers are believed; nobody else’s are.',
  },
  targets_max: {
    schema: CountText,
    default: null,
    expected: 'a whole number from 1 to 999999999',
    sentence:
      'How many targets a group of a rollout may have, or an automatic assignment match, that is made through hawkBit’s Management API; hawkBit’s own limit is 20000. Without it any number.',
  },
  actions_max: {
    schema: CountText,
    default: '2000',
    expected: 'a whole number from 1 to 999999999',
    sentence:
      'How many actions a target may have: a call of hawkBit’s Management API that assigns to named targets and would make one more is refused, or removes the oldest that are over, as that API’s `action.cleanup.onQuotaHit.percent` says. Rollouts and automatic assignments that are made there do the same target by target: one that has as many, and none of them may go, is left out, which `updraft why --rollout` tells.',
  },
  artifact_bytes_max: {
    schema: BytesText,
    default: null,
    expected: 'a whole number of bytes from 1 to 999999999999999',
    sentence:
      'How large an artifact may be that is uploaded through hawkBit’s Management API; hawkBit’s own limit is 1073741824. Without it as large as any: 16 GiB.',
  },
  storage_bytes_max: {
    schema: BytesText,
    default: null,
    expected: 'a whole number of bytes from 1 to 999999999999999',
    sentence:
      'How much all artifacts of a tenant may take together where one is uploaded through hawkBit’s Management API; hawkBit’s own limit is 21474836480. Without it as much as the disk has.',
  },
  download_link_seconds: {
    schema: LinkSecondsText,
    default: null,
    expected: 'a whole number of seconds from 60 to 604800',
    sentence:
      'How long links to artifacts hold at least, which are then signed and ask for no token, so that a CDN can stand before this server. Without it devices show their tokens for artifacts too. It must be longer than the slowest download with its pauses.',
  },
  download_url: {
    schema: PublicUrlText,
    default: null,
    expected: 'an http or https address without a path, such as https://cdn.example.com',
    sentence: 'What signed links to artifacts begin with; UPDRAFT_DOWNLOAD_LINK_SECONDS goes with it.',
  },
  device_header: {
    schema: HeaderNameText,
    default: 'X-Controller-Id',
    expected: 'the name of a header, such as X-Ssl-Client-Cn',
    sentence:
      'The header in which a trusted proxy names the device that it has authenticated, for tenants that have that on; a proxy must remove what devices send under that name.',
  },
  authority_header: {
    schema: HeaderNameText,
    default: 'X-Authority',
    expected: 'the name of a header, such as X-Ssl-Issuer-Hash-%d',
    sentence:
      'The header in which it names the issuers of the device’s certificate; `%d`, or else a dash at the end, is followed by a number where there are several.',
  },
  admin_user: {
    schema: z
      .string()
      .trim()
      .min(1)
      .max(128)
      .regex(/^[^\p{Cc}:]+$/u),
    default: 'admin',
    expected: 'a name of 1 to 128 characters without ":"',
    sentence: 'The name of the user that the first start makes. Later starts make nobody.',
  },
  admin_password: {
    schema: z.string().min(1).max(256),
    default: null,
    expected: '1 to 256 characters',
    sentence: 'The password of that user. Without it one is made at the first start and printed once.',
    secret: true,
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValues = {
  readonly [N in SettingName]:
    | z.output<(typeof SETTINGS)[N]['schema']>
    | ((typeof SETTINGS)[N]['default'] extends null ? null : never);
};

export const CONFIG_FILE_VARIABLE = 'UPDRAFT_CONFIG';
const PREFIX = 'UPDRAFT_';

/** Variables that belong to other programs of ours; a shell that has them set may still start a server. */
export const FOREIGN_VARIABLES: readonly string[] = ['UPDRAFT_SERVER', 'UPDRAFT_TOKEN', 'UPDRAFT_CA'];

export function environmentNameOf(name: SettingName): string {
  return PREFIX + name.toUpperCase();
}

export function isOurVariable(name: string): boolean {
  return name.startsWith(PREFIX);
}
