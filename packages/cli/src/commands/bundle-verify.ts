import { usageError } from '../cli-error.ts';
import { ExitStatus } from '../exit-status.ts';
import { checkReadable } from '../local-file.ts';
import type { Printer } from '../output/printer.ts';
import { harmless } from '../output/text-width.ts';
import { readCertificates } from '../pem-file.ts';
import { bundleError, isWrongUse, problemText } from './bundle-problem.ts';
import { parseHardwareOption, parseSelection } from './bundle-options.ts';

export type VerifyOptions = {
  readonly cert: readonly string[];
  readonly hardware?: readonly string[];
  readonly selection?: string;
};

/** `updraft bundle verify`: prints the verdict; a bad one ends with status 1. */
export async function verify(print: Printer, file: string | undefined, options: VerifyOptions): Promise<void> {
  const { bundle, certs } = bundleAndCertificates(file, options.cert);
  await checkReadable(bundle);
  const certificates = await Promise.all(certs.map(readCertificates));
  const { verifyBundle } = await import('@updraft/bundles');
  const verdict = await verifyBundle(bundle, {
    certificates,
    ...(options.hardware === undefined ? {} : { hardware: options.hardware.map(parseHardwareOption) }),
    ...(options.selection === undefined ? {} : { selection: parseSelection(options.selection) }),
  });
  if (!verdict.good && isWrongUse(verdict)) throw bundleError(verdict);
  print.show({ file: bundle, ...verdict }, () => [
    verdict.good
      ? `${print.paint('green', 'good')}: ${bundle}`
      : `${print.paint('red', 'bad')} (${verdict.code}): ${harmless(problemText(verdict))}`,
  ]);
  if (!verdict.good) throw new ExitStatus('refused');
}

/** `--cert A B FILE` reads FILE as one more certificate: the last is the bundle where no other word is. */
function bundleAndCertificates(
  file: string | undefined,
  certs: readonly string[],
): { bundle: string; certs: readonly string[] } {
  const last = certs.at(-1);
  if (file !== undefined) return { bundle: file, certs };
  if (last === undefined || certs.length < 2)
    throw usageError('usage', 'Name the bundle to check: updraft bundle verify FILE --cert CERT.');
  return { bundle: last, certs: certs.slice(0, -1) };
}
