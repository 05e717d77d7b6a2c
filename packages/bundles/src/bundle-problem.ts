/**
 * Why a bundle is bad: every code that reading, verifying or making a bundle answers with, and its one sentence.
 *
 * `stricter` marks the codes with which we refuse what Debian's SWUpdate 2022.12 might still install. This table is the one place that
 * lists them; the differential tests let only these disagree with the real program:
 * - names with `..`, absolute and empty names, backslashes, control characters, bytes that are no UTF-8: SWUpdate builds paths from them;
 * - the same name twice: which of the two is installed would depend on the reader;
 * - header fields that are not eight hex digits: SWUpdate takes what it could read and goes on;
 * - sizes, counts and depths beyond `limits.ts`;
 * - `@include`: it would read files of the device that verifies;
 * - what SWUpdate only crashes on or leaves undefined (JSON of the wrong shape, links in a circle);
 * - a compressed member that ends early, of which SWUpdate writes the part that is there, or that is followed by up to 16 KiB of other bytes;
 * - name constraints in a certificate chain, which we do not evaluate.
 *
 * What we cannot know, and so take on trust of the signature: whether an embedded Lua script loads and what it changes; whether an encrypted
 * member decrypts (that needs the device's key); what handlers a device adds by Lua, so that only Debian's own types are known.
 */
const PROBLEMS = {
  'not-a-bundle': { sentence: 'This is not an SWUpdate bundle: it does not begin as a cpio archive (newc or crc).' },
  truncated: { sentence: 'The bundle ends too early.' },
  'bad-magic': { sentence: 'A member does not begin with the magic of a cpio header.' },
  'bad-header': { sentence: 'A field of a cpio header is not a number of eight hexadecimal digits.', stricter: true },
  'name-too-long': { sentence: 'The name of a member is longer than SWUpdate reads.' },
  'name-unsafe': {
    sentence: 'The name of a member is not allowed: SWUpdate builds paths from it.',
    stricter: true,
  },
  'duplicate-member': { sentence: 'Two members have the same name.', stricter: true },
  'too-many-members': { sentence: 'The bundle has more members than are accepted.', stricter: true },
  'checksum-wrong': { sentence: 'The checksum in the cpio header of a member is not that of its bytes.' },
  'description-missing': { sentence: 'The archive has no sw-description.' },
  'description-not-first': { sentence: 'sw-description is not the first member.' },
  'description-too-large': { sentence: 'sw-description is larger than is accepted.', stricter: true },
  'description-syntax': { sentence: 'sw-description is neither valid libconfig nor JSON.' },
  'description-include': { sentence: 'sw-description includes another file.', stricter: true },
  'description-too-deep': { sentence: 'sw-description is nested deeper than is accepted.', stricter: true },
  'description-too-many-settings': { sentence: 'sw-description has more settings than are accepted.', stricter: true },
  'description-shape': {
    sentence: 'A part of sw-description has a shape that SWUpdate does not define.',
    stricter: true,
  },
  'description-links': { sentence: 'The links (ref) in sw-description do not end.', stricter: true },
  'too-many-selections': {
    sentence: 'sw-description names more software selections than are accepted.',
    stricter: true,
  },
  'version-missing': { sentence: 'sw-description names no version.' },
  'hardware-missing': { sentence: 'sw-description names no compatible hardware revision.' },
  'hardware-regex': {
    sentence: 'A regular expression in hardware-compatibility is invalid or too large.',
    stricter: true,
  },
  'hardware-not-compatible': { sentence: 'The bundle is not meant for this hardware.' },
  'selection-missing': { sentence: 'The bundle has nothing to install for this software selection.' },
  'nothing-to-install': { sentence: 'sw-description names nothing to install.' },
  'field-invalid': { sentence: 'A setting in sw-description has a value that SWUpdate refuses.' },
  'type-unknown': { sentence: 'An entry has a type for which SWUpdate has no handler.' },
  'type-not-allowed': { sentence: 'An entry has a type that is not allowed in its section.' },
  'partition-incomplete': { sentence: 'A partition entry names no device or no volume.' },
  'hash-missing': { sentence: 'An image, file or script has no sha256.' },
  'hash-mismatch': { sentence: 'The sha256 of a member is not the one that sw-description names.' },
  'member-missing': { sentence: 'A member that sw-description names is not in the bundle.' },
  'member-streamed-twice': { sentence: 'A member that is installed directly is named by several entries.' },
  'member-not-extractable': { sentence: 'A member lies in a folder that does not exist while it is unpacked.' },
  'member-not-decodable': { sentence: 'A member is not compressed in the way that sw-description says.' },
  'member-ragged': {
    sentence: 'The compressed data of a member ends too early, or is followed by other bytes.',
    stricter: true,
  },
  'member-not-decryptable': { sentence: 'An encrypted member is empty, or is not made of whole AES blocks.' },
  'script-streamed': { sentence: 'A script is marked as installed directly.' },
  'signature-missing': { sentence: 'The bundle is not signed: it has no sw-description.sig.' },
  'signature-not-second': { sentence: 'sw-description.sig is not the second member.' },
  'signature-too-large': { sentence: 'sw-description.sig is larger than is accepted.', stricter: true },
  'signature-malformed': { sentence: 'sw-description.sig is not a CMS signature in DER.' },
  'signature-algorithm': { sentence: 'The signature uses an algorithm that SWUpdate does not verify.' },
  'signature-wrong': { sentence: 'The signature was not made with the key of its certificate.' },
  'description-altered': { sentence: 'sw-description is not what was signed.' },
  'signer-certificate-missing': { sentence: 'The signature does not carry the certificate of its signer.' },
  'signer-unknown': { sentence: 'The signer is not one of the trusted certificates, nor issued by one.' },
  'intermediate-not-trusted': {
    sentence: 'The signer is trusted only through a certificate inside the signature, which SWUpdate ignores.',
  },
  'purpose-wrong': {
    sentence: 'A certificate is not meant for signing (extendedKeyUsage emailProtection, digitalSignature).',
  },
  'certificate-expired': { sentence: 'A certificate of the signer has expired.' },
  'certificate-not-yet-valid': { sentence: 'A certificate of the signer is not valid yet.' },
  'certificate-refused': { sentence: 'A certificate of the signer breaks the rules of X.509 chains.' },
  'name-constraints': { sentence: 'A certificate of the chain has name constraints.', stricter: true },
  'option-invalid': { sentence: 'An option has a value that cannot be used.' },
  'input-unreadable': { sentence: 'A file that belongs into the bundle cannot be read.' },
  'output-unwritable': { sentence: 'The bundle cannot be written.' },
  'key-unusable': { sentence: 'The signing key is not an RSA or EC key in PEM that can be read.' },
  'key-not-of-certificate': { sentence: 'The signing key does not belong to the certificate.' },
  'certificates-unusable': { sentence: 'The trusted certificates hold no certificate in PEM.' },
} as const satisfies Record<string, { sentence: string; stricter?: true }>;

export type BundleProblemCode = keyof typeof PROBLEMS;

/** One reason: the code for programs, the sentence for people, the member or setting concerned, and the fact that was read. */
export type BundleProblem = {
  readonly code: BundleProblemCode;
  readonly sentence: string;
  readonly member?: string;
  readonly detail?: string;
};

export function problem(
  code: BundleProblemCode,
  where: { readonly member?: string; readonly detail?: string } = {},
): BundleProblem {
  return { code, sentence: PROBLEMS[code].sentence, ...where };
}

/** True where we refuse with this code although the real SWUpdate might accept. */
export function isStricterThanSwupdate(code: BundleProblemCode): boolean {
  return 'stricter' in PROBLEMS[code];
}

/** Every code, for tables in documents and exhaustive tests. */
export const BUNDLE_PROBLEM_CODES = Object.keys(PROBLEMS) as readonly BundleProblemCode[];

/** Carries a problem out of a parser; it is caught at the package's edge and answered as a union there. */
export class BundleError extends Error {
  readonly problem: BundleProblem;
  readonly code: BundleProblemCode;

  constructor(reason: BundleProblem, cause?: unknown) {
    super(reason.detail === undefined ? reason.sentence : `${reason.sentence} (${reason.detail})`, { cause });
    this.name = 'BundleError';
    this.problem = reason;
    this.code = reason.code;
  }
}

/** Shorthand of the parsers: the error to throw for a code. */
export function refuse(
  code: BundleProblemCode,
  where: { readonly member?: string; readonly detail?: string } = {},
): BundleError {
  return new BundleError(problem(code, where));
}
