import { BuildError } from './build-error.ts';
import { makeExt4Image } from './ext4-image.ts';
import { addFile, type FileTree } from './file-tree.ts';

/** What one device is, beside the golden image that all devices share. */
export type FactoryIdentity = {
  readonly deviceId: string;
  readonly tenant: string;
  /** `https://10.0.2.2:PORT`, as the device reaches it. */
  readonly serverUrl: string;
  /** The device's token; without it, it has `client`. */
  readonly token?: string;
  /** Left out, it has the address that QEMU's network keeps for its first guest. */
  readonly address?: 'dhcp';
  /** Whom the server's certificate must come from. */
  readonly caPem: string;
  /** The certificate that signs bundles: what SWUpdate trusts. */
  readonly bundleCertificatePem: string;
  /** SWUpdate's file of the AES key that bundles are encrypted with: `KEY IV` in hex. Without it, they are not. */
  readonly bundleAesKey?: string;
  readonly client?: { readonly certificatePem: string; readonly keyPem: string };
  /** What this device's owner allows or wants otherwise; left out is the rootfs' own choice. */
  readonly policy?: FactoryPolicy;
};

export type FactoryPolicy = {
  readonly allowDowngrade?: boolean;
  /** For how long a new version may take to become healthy. */
  readonly healthSeconds?: number;
  /** For how long the health check tries to reach the server. */
  readonly serverSeconds?: number;
  /** After so long without contact the old version's silence excuses that of the new one. */
  readonly quietSeconds?: number;
  readonly pollSeconds?: number;
  /** How often a download that was cut is taken up again, and how long it waits before each. */
  readonly retries?: number;
  readonly retrySeconds?: number;
};

const FACTORY_BYTES = 256 * 1024;
/** A factory image has no history: its times say nothing. The tools take 0 for no time at all. */
const FACTORY_TIME = 1;
/** Only root reads keys and tokens. */
const SECRET = 0o600;

/**
 * Writes the factory partition of one device: an ext4 of 256 KiB, label `factory`, some ten KiB on disk, with `identity` and `policy` as
 * KEY=value lines for sh, `ca.pem`, `key.pem` (what bundles are signed with, public), and `aes.key`, `client.pem`, `client.key` where the device has them.
 * Same identity, same bytes. Throws `usage` for a value that sh could not read back.
 */
export async function makeFactoryImage(file: string, identity: FactoryIdentity): Promise<void> {
  const tree: FileTree = new Map();
  const { client, policy = {} } = identity;
  const facts = {
    DEVICE_ID: identity.deviceId,
    TENANT: identity.tenant,
    SERVER_URL: identity.serverUrl,
    TOKEN: identity.token,
    ADDRESS: identity.address,
  };
  addFile(tree, '/identity', shellLines(facts), SECRET);
  addFile(tree, '/policy', shellLines(policyFacts(policy)));
  addFile(tree, '/ca.pem', identity.caPem);
  addFile(tree, '/key.pem', identity.bundleCertificatePem);
  if (identity.bundleAesKey !== undefined) addFile(tree, '/aes.key', identity.bundleAesKey, SECRET);
  if (client !== undefined) {
    addFile(tree, '/client.pem', client.certificatePem);
    addFile(tree, '/client.key', client.keyPem, SECRET);
  }
  await makeExt4Image(file, { label: 'factory', tree, time: FACTORY_TIME, sizeBytes: FACTORY_BYTES });
}

function policyFacts(policy: FactoryPolicy): Record<string, string | undefined> {
  return {
    ALLOW_DOWNGRADE: policy.allowDowngrade === true ? '1' : undefined,
    HEALTH_SECONDS: policy.healthSeconds?.toString(),
    SERVER_SECONDS: policy.serverSeconds?.toString(),
    QUIET_SECONDS: policy.quietSeconds?.toString(),
    POLL_SECONDS: policy.pollSeconds?.toString(),
    RETRIES: policy.retries?.toString(),
    RETRY_SECONDS: policy.retrySeconds?.toString(),
  };
}

/** The file is read by `.` of a shell: only what means itself there is written. */
function shellLines(facts: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(facts)
    .filter((fact): fact is [string, string] => fact[1] !== undefined)
    .map(([name, value]) => {
      if (!/^[\w.:/@%+~-]*$/.test(value))
        throw new BuildError('usage', `${name} of the factory image may not be ${JSON.stringify(value)}`);
      return `${name}=${value}\n`;
    })
    .join('');
}
