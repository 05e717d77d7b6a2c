/**
 * What a reader of bundles accepts at most, enforced while reading. SWUpdate itself has few limits; ours keep memory flat and time bounded
 * whatever is uploaded. The first three follow the format: cpio has 32-bit sizes, SWUpdate 256-byte names.
 */
export const LIMITS = {
  memberBytes: 0xffff_ffff,
  memberNameBytes: 256,
  headerBytes: 110,
  members: 4_096,
  descriptionBytes: 1_048_576,
  signatureBytes: 262_144,
  descriptionDepth: 32,
  descriptionSettings: 50_000,
  descriptionEntries: 10_000,
  descriptionLinks: 16,
  selections: 256,
  /** Groups looked at while selections are searched, and entries of all plans together: each selection may fall back to the same long list. */
  selectionGroups: 5_000,
  planEntries: 50_000,
  certificatesInSignature: 64,
  signersInSignature: 32,
  chainCertificates: 16,
  regexCharacters: 256,
  regexStates: 20_000,
  /** Decoding only checks that a compressed member can be decoded; past this the rest is taken on trust of its signed sha256. */
  decodedBytesChecked: 8 * 1024 ** 3,
  /** zstd windows up to here are decoded (memory); larger ones are only looked at. SWUpdate decodes up to 2^27. */
  zstdWindowBytesDecoded: 8 * 1024 ** 2,
  zstdWindowBytes: 128 * 1024 ** 2,
} as const;
