import { type Inspection, inspectReport, verifyReport } from '@updraft/bundles';
import type { FileFacts } from './file-follower.ts';
import type { StoredInspection } from './shown-inspection.ts';
import type { Judgement } from './signing-policy.ts';

/** What an artifact's row keeps of a file's content, as JSON texts, so that no other thread has to build or parse them. */
export type ContentRecord = {
  readonly kind: 'swu' | 'other';
  /** What `bundle inspect` says, and all that judging the bundle again needs: its bytes are not read a second time. */
  readonly inspection: string;
  readonly signers: string;
};

/** The facts of one file, ready for its row. */
export type RecordedFile = Omit<FileFacts, 'report'> & ContentRecord;

export async function recordFile({ report, ...file }: FileFacts): Promise<RecordedFile> {
  if (report.kind === 'other')
    return { ...file, kind: 'other', ...texts({ shown: { kind: 'other' }, report: null }, []) };
  const inspection = await inspectReport(report);
  const stored = { ...report, description: base64(report.description), signature: base64(report.signature) };
  return {
    ...file,
    kind: 'swu',
    ...texts({ shown: { kind: 'swu', ...inspection }, report: stored }, inspection.signers),
  };
}

function texts(inspection: StoredInspection, signers: Inspection['signers']) {
  const shown = signers.flatMap(({ subject, issuer, serial, fingerprintSha256: fingerprint }) =>
    subject === null || fingerprint === null ? [] : [{ subject, issuer, serial, fingerprint }],
  );
  return { inspection: JSON.stringify(inspection), signers: JSON.stringify(shown) };
}

/** Judges a recorded file with these certificates (PEM) at this instant (epoch ms). */
export async function judgeRecord(
  inspection: string,
  trust: { readonly certificates: readonly string[]; readonly now: number },
): Promise<Judgement> {
  const { report: stored } = JSON.parse(inspection) as StoredInspection;
  if (stored === null) return { kind: 'other' };
  const report = { ...stored, description: bytes(stored.description), signature: bytes(stored.signature) };
  const { certificates, now } = trust;
  // Without any certificate every bundle is untrusted, but that it is malformed or unsigned says more.
  const fault = certificates.length === 0 ? report.problem : null;
  const verdict =
    fault === null
      ? await verifyReport(report, { certificates, now: new Date(now) })
      : { good: false as const, ...fault };
  return { kind: 'swu', ...verdict };
}

function base64(content: Uint8Array | null): string | null {
  return content === null ? null : Buffer.from(content).toString('base64');
}

function bytes(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text, 'base64');
}
