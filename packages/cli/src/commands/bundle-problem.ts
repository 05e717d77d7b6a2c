import type { BundleProblem, BundleProblemCode } from '@updraft/bundles';
import { CliError } from '../cli-error.ts';

/** Codes that speak of what was given to us, not of the bundle: wrong use. */
const USAGE_CODES: ReadonlySet<BundleProblemCode> = new Set([
  'option-invalid',
  'input-unreadable',
  'output-unwritable',
  'key-unusable',
  'certificates-unusable',
]);

export function isWrongUse({ code }: BundleProblem): boolean {
  return USAGE_CODES.has(code);
}

/** One sentence with the facts that belong to it. */
export function problemText({ sentence, member, detail }: BundleProblem): string {
  const facts = [...(member === undefined ? [] : [member]), ...(detail === undefined ? [] : [detail])];
  return facts.length === 0 ? sentence : `${sentence} (${facts.join(': ')})`;
}

export function bundleError(problem: BundleProblem): CliError {
  return new CliError(isWrongUse(problem) ? 'usage' : 'refused', problem.code, problemText(problem));
}
