import type { ServerCertificate } from './certificates.ts';
import type { Isolation, SlotPaths } from './isolation.ts';

export type Slot = 'A' | 'B';

export type DeviceOptions = {
  /** The device's name on the server. */
  readonly name: string;
  /** As `https://127.0.0.1:8443`, without the tenant; a slash at its end gives the requests a doubled one. */
  readonly serverUrl: string;
  /** DEFAULT unless told. */
  readonly tenant?: string;
  /** PEM file of the CA that the device trusts; absent: the system's. */
  readonly caFile?: string;
  /** PEM files of the certificate by which the device shows who it is. */
  readonly clientCertificate?: Pick<ServerCertificate, 'certificateFile' | 'keyFile'>;
  /** At most one of the two; neither is a device without a token. */
  readonly token?: string;
  readonly gatewayToken?: string;
  /** `board:revision`, `lab:1.0` unless told. */
  readonly hardware?: string;
  /** PEM files of the signers whose bundles the device takes. */
  readonly signingCertificates: readonly string[];
  readonly aesKeyFile?: string;
  /** What the slots hold at first: bytes (see makeImage), or how many zero bytes; 64 KiB unless told. Slot A runs first. */
  readonly slots?: Readonly<Record<Slot, Buffer | number>>;
  /** Where the device sees its slots, under /dev: the same on every device, so that one bundle fits a fleet. */
  readonly slotPaths?: SlotPaths;
  /** What the device tells of itself beside `version` and `slot`, which follow what runs. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly pace?: Partial<DevicePace>;
  /** Only to try a weaker one than the machine allows. */
  readonly isolation?: Isolation;
};

export type DevicePace = {
  /** Between polls until the server's first good answer, whose `sleep` counts from then on. */
  readonly pollDelaySeconds: number;
  /** How often a cut download is taken up again, and the pause before each. */
  readonly retries: number;
  readonly retryWaitSeconds: number;
  /** The pause before the first report after a boot is tried again; SWUpdate's own value is 10. */
  readonly reportResendSeconds: number;
  /** curl's form, as `500k`; undefined is as fast as it goes. */
  readonly maxDownloadSpeed: string | undefined;
};

export const DEFAULT_TENANT = 'DEFAULT';
export const DEFAULT_HARDWARE = 'lab:1.0';
export const DEFAULT_SLOT_PATHS: SlotPaths = { A: '/dev/slot-a', B: '/dev/slot-b' };
/** As fast as the client allows. */
export const DEFAULT_PACE: DevicePace = {
  pollDelaySeconds: 1,
  retries: 20,
  retryWaitSeconds: 1,
  reportResendSeconds: 1,
  maxDownloadSpeed: undefined,
};
const DEFAULT_SLOT_BYTES = 64 * 1024;

/** What a slot holds before the first update. */
export function firstContent(slot: Buffer | number | undefined): Buffer {
  return Buffer.isBuffer(slot) ? slot : Buffer.alloc(slot ?? DEFAULT_SLOT_BYTES);
}
