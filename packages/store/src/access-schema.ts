import type { Generated } from 'kysely';

/** Who may come in: people, programs, devices, and the signers of bundles. */
export type AccessSchema = {
  readonly user_account: UserAccountTable;
  readonly api_token: ApiTokenTable;
  readonly gateway_token: GatewayTokenTable;
  readonly signing_certificate: SigningCertificateTable;
  readonly idempotency_key: IdempotencyKeyTable;
};

type Instant = number;

type UserAccountTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  /** Unique in the whole server: a log-in names no tenant. */
  name_fold: string;
  /** argon2id, PHC string. */
  password_hash: string;
  /** Words of core's rights, joined by a comma. */
  rights: Generated<string>;
  created_at: Instant;
  revision: Generated<number>;
};

type ApiTokenTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  /** The user who acts through it; null for a machine under its own name. */
  user_id: number | null;
  created_by: string;
  /** The user who made it, or the token that made it, at its first maker's hand. */
  maker: string;
  /** sha256 of the secret, hex; unique. */
  token_hash: string;
  /** Those of core's rights, joined by a comma. */
  rights: Generated<string>;
  created_at: Instant;
  expires_at: Instant | null;
  last_used_at: Instant | null;
};

type GatewayTokenTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  token_hash: string;
  /** Vouches for devices of this type only, and gives it to those that join; null: for any. */
  device_type: Generated<number | null>;
  created_at: Instant;
};

type SigningCertificateTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  subject: string;
  fingerprint: string;
  not_before: Instant;
  not_after: Instant;
  pem: string;
  created_at: Instant;
};

/** Primary key (tenant, actor, key). A row without a status belongs to a request still under way. */
type IdempotencyKeyTable = {
  tenant: number;
  actor: string;
  key: string;
  /** sha256 of method, path and body, hex. */
  request_hash: string;
  status: number | null;
  response: string | null;
  created_at: Instant;
};
