/** What a finding that is not good is called by scripts; docs/backup.md says what to do. These words never change. */
export const FINDING_CODES = [
  'authority-ended',
  'authority-ends-soon',
  'authority-unreadable',
  'certificate-ended',
  'certificate-ends-soon',
  'certificate-unreadable',
  'clock-differs',
  'configuration-invalid',
  'counts-differ',
  'data-dir-missing',
  'database-damaged',
  'database-too-new',
  'database-unreachable',
  'disk-full',
  'disk-low',
  'events-waiting',
  'lease-ran-out',
  'migration-pending',
  'objects-damaged',
  'restore-unfinished',
  'rows-dangling',
  'signing-certificate-ends',
  'wire-ids-few',
  'work-overdue',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** What one check found: the fact that it read, and where that is not good, its code and what to do next. */
export type Finding = {
  readonly check: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly code: FindingCode | null;
  readonly fact: string;
  readonly advice: string | null;
};

type Fault = Readonly<{ code: FindingCode; fact: string; advice: string }>;

export function ok(check: string, fact: string): Finding {
  return { check, verdict: 'ok', code: null, fact, advice: null };
}

export function warn(check: string, fault: Fault): Finding {
  return { check, verdict: 'warn', ...fault };
}

export function fail(check: string, fault: Fault): Finding {
  return { check, verdict: 'fail', ...fault };
}
