import type { BundleProblem } from '../bundle-problem.ts';
import type { CpioFormat } from '../cpio/header.ts';
import type { DecodeVerdict } from './decode-check.ts';

/** One member as it was read; `offset` of its first byte in the bundle, sizes in bytes, sha256 of the bytes as stored, in lower-case hex. */
export type MemberFacts = {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly sha256: string;
  /** Why a compressed member could not be decoded; null also where nothing needed decoding. */
  readonly decode: DecodeVerdict;
};

/**
 * Everything that one pass over the bytes found, as plain data that may cross threads. `swu` is whatever holds a sw-description; `other` is
 * any other file, also another cpio archive. `problem` is the first fault of the archive itself; what its signature and description are worth
 * is asked with `verifyReport`.
 */
export type BundleReport = {
  readonly kind: 'swu' | 'other';
  readonly bytes: number;
  readonly format: CpioFormat | null;
  readonly problem: BundleProblem | null;
  readonly members: readonly MemberFacts[];
  readonly description: Uint8Array | null;
  readonly signature: Uint8Array | null;
};

export const DESCRIPTION_NAME = 'sw-description';
export const SIGNATURE_NAME = 'sw-description.sig';

const NAME_AT = 110;

/** True when a file that begins with these bytes (at least the first 125) is an SWUpdate bundle: known by content, not by name. */
export function looksLikeBundle(firstBytes: Uint8Array): boolean {
  const text = Buffer.from(firstBytes.buffer, firstBytes.byteOffset, Math.min(firstBytes.byteLength, 256)).toString(
    'latin1',
  );
  return /^07070[12]/.test(text) && text.startsWith(`${DESCRIPTION_NAME}\0`, NAME_AT);
}
