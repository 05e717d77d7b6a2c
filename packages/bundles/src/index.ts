/**
 * Update files: reads, verifies and makes SWUpdate bundles (.swu). Bytes in, verdict out; nothing here knows a server or a device.
 * The verdict is that of Debian's SWUpdate 2022.12; `bundle-problem.ts` lists where it is stricter.
 */
export { BUNDLE_PROBLEM_CODES, BundleError, type BundleProblem, type BundleProblemCode } from './bundle-problem.ts';
export type {
  BootVariable,
  BundleInput,
  EncryptWith,
  MemberInput,
  SelectionInput,
  Signer,
} from './create/bundle-input.ts';
export { createBundle, type CreateOptions } from './create/create-bundle.ts';
export { newSigningKey, type SigningKeyAlgorithm, type SigningKeyWish } from './create/new-signing-key.ts';
export { finishBundle, type FinishResult, prepareBundle, type PrepareResult } from './create/prepare-bundle.ts';
export { type Hardware, parseHardware } from './description/hardware.ts';
export type { Selection } from './description/plan.ts';
export { type BundleSource, inspectBundle, type InspectResult, verifyBundle } from './inspect-bundle.ts';
export { type BundleReader, createBundleReader, readBundle } from './report/bundle-reader.ts';
export { type BundleReport, looksLikeBundle, type MemberFacts } from './report/bundle-report.ts';
export {
  type BundleComponent,
  type BundleMember,
  type BundleSigner,
  type Inspection,
  inspectReport,
} from './report/inspection.ts';
export { type BundleVerdict, verifyReport, type VerifyOptions } from './report/verify-report.ts';
