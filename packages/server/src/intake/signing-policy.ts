import type { BundleProblem, BundleProblemCode } from '@updraft/bundles';
import type { ProblemCode } from '@updraft/protocols';

export type SigningPolicy = 'off' | 'warn' | 'require';

/** What was found out about a file: no bundle, or a bundle with the verdict of the device's installer. */
export type Judgement =
  | { readonly kind: 'other' }
  | ({ readonly kind: 'swu' } & ({ readonly good: true } | ({ readonly good: false } & BundleProblem)));

export type BundleRefusalCode = Extract<ProblemCode, `bundle-${string}`>;

export type SignatureMark = 'verified' | 'unverified' | 'unsigned';

/** What the policy makes of a judgement. `reason` is the finer code of the bundle's verdict. */
export type SigningDecision =
  | { readonly accepted: true; readonly signature: SignatureMark; readonly reason: string | null }
  | { readonly accepted: false; readonly code: BundleRefusalCode; readonly reason: string; readonly detail: string };

/** A bundle that devices would refuse is refused here under `require`; any other file carries no signature of its own. */
export function decideSigning(policy: SigningPolicy, judgement: Judgement): SigningDecision {
  if (judgement.kind === 'other') return { accepted: true, signature: 'unsigned', reason: null };
  if (judgement.good) return { accepted: true, signature: 'verified', reason: null };
  const code = REFUSALS[judgement.code] ?? 'bundle-malformed';
  const signature = code === 'bundle-unsigned' ? 'unsigned' : 'unverified';
  if (policy !== 'require') return { accepted: true, signature, reason: judgement.code };
  return { accepted: false, code, reason: judgement.code, detail: `${sentenceOf(judgement)} ${REMEDIES[code]}` };
}

function sentenceOf({ sentence, member, detail }: BundleProblem): string {
  const facts = [member, detail].filter((fact) => fact !== undefined && fact !== '');
  return facts.length === 0 ? sentence : `${sentence.replace(/\.$/, '')} (${facts.join(': ')}).`;
}

const REMEDIES: Readonly<Record<BundleRefusalCode, string>> = {
  'bundle-malformed': 'Build the bundle again; `updraft bundle verify` tells whether it is good before you upload it.',
  'bundle-unsigned': 'Sign it with the key of a certificate that is registered here, then upload it again.',
  'bundle-signer-unknown':
    'Sign it with the key of a certificate that is registered here, or register the certificate of its signer.',
  'bundle-signature-wrong': 'It was changed after it was signed, or signed in another way: build and sign it again.',
  'bundle-content-mismatch': 'Its files are not those that were signed: build and sign it again from the right files.',
};

/** Verdicts on a bundle in the words of our API; every other one says that the archive or its description is malformed. */
const REFUSALS: Readonly<Partial<Record<BundleProblemCode, BundleRefusalCode>>> = {
  'signature-missing': 'bundle-unsigned',

  'signer-unknown': 'bundle-signer-unknown',
  'signer-certificate-missing': 'bundle-signer-unknown',
  'intermediate-not-trusted': 'bundle-signer-unknown',
  'purpose-wrong': 'bundle-signer-unknown',
  'certificate-expired': 'bundle-signer-unknown',
  'certificate-not-yet-valid': 'bundle-signer-unknown',
  'certificate-refused': 'bundle-signer-unknown',
  'name-constraints': 'bundle-signer-unknown',
  'certificates-unusable': 'bundle-signer-unknown',

  'signature-wrong': 'bundle-signature-wrong',
  'description-altered': 'bundle-signature-wrong',
  'signature-malformed': 'bundle-signature-wrong',
  'signature-algorithm': 'bundle-signature-wrong',

  'hash-mismatch': 'bundle-content-mismatch',
  'checksum-wrong': 'bundle-content-mismatch',
  'member-missing': 'bundle-content-mismatch',
  'member-not-decodable': 'bundle-content-mismatch',
  'member-ragged': 'bundle-content-mismatch',
};
