import type { Compression } from '../description/entry.ts';
import type { CpioFormat } from '../cpio/header.ts';

/** AES-CBC with a key of 32, 48 or 64 hex digits (128, 192, 256 bit); `iv` of 32 hex digits, random when not given. */
export type EncryptWith = { readonly key: string; readonly iv?: string };

/**
 * One member to be packed: a file's path, or a stream with a name. `type` is SWUpdate's handler (default raw for images, rawfile for files,
 * shellscript for scripts); `device`, `path`, `volume`, `data` and `properties` go to that handler.
 */
export type MemberInput = {
  readonly source: string | AsyncIterable<Uint8Array>;
  /** Name of the member and of the entry's `filename`; the base name of the path when not given. */
  readonly filename?: string;
  readonly name?: string;
  readonly version?: string;
  readonly type?: string;
  readonly device?: string;
  readonly path?: string;
  readonly volume?: string;
  readonly data?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly compress?: Compression;
  readonly encrypt?: EncryptWith;
  /** Written while it is received, without a temporary copy on the device. */
  readonly installedDirectly?: boolean;
  readonly installIfDifferent?: boolean;
  readonly installIfHigher?: boolean;
};

export type BootVariable = { readonly name: string; readonly value: string };

/** One of several ways to install the same images: into these devices (by the images' filenames), with these boot variables. */
export type SelectionInput = {
  readonly set: string;
  readonly mode: string;
  readonly devices?: Readonly<Record<string, string>>;
  readonly bootenv?: readonly BootVariable[];
};

/** What a bundle is made of. */
export type BundleInput = {
  readonly version: string;
  readonly description?: string;
  /** BOARD:REVISION of every hardware it is for; at least one. */
  readonly hardware: readonly string[];
  readonly images?: readonly MemberInput[];
  readonly files?: readonly MemberInput[];
  readonly scripts?: readonly MemberInput[];
  readonly bootenv?: readonly BootVariable[];
  /** Without any, images are installed whatever selection a device asks for. */
  readonly selections?: readonly SelectionInput[];
  /** Default crc, whose sums SWUpdate verifies. */
  readonly format?: CpioFormat;
};

/** The key and certificate of a signer in PEM; `chainPem` is only carried along, SWUpdate ignores it. */
export type Signer = { readonly keyPem: string; readonly certificatePem: string; readonly chainPem?: string };
