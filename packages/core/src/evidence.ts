/**
 * What shows that a device runs the new version. `confirmed`: the protocol guarantees that a process started after the
 * reboot said so. `observed`: a later contact shows the version in the attribute that the device type names.
 * `reported`: only the device's word, perhaps said before it rebooted.
 */
export const EVIDENCE = ['confirmed', 'observed', 'reported'] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** What the device type asks before an attempt counts: an attribute that must come to show the release's version. */
export type EvidenceRule = { readonly versionAttribute: string; readonly expectedVersion: string } | null;

/** Whether an attribute report shows the version that the rule expects. An older value is no verdict: it may be stale. */
export function observes(rule: EvidenceRule, attributes: Readonly<Record<string, string>>): boolean {
  return rule !== null && attributes[rule.versionAttribute]?.trim() === rule.expectedVersion;
}

export function withEvidence(known: readonly Evidence[], more: Evidence): readonly Evidence[] {
  return known.includes(more) ? known : EVIDENCE.filter((kind) => kind === more || known.includes(kind));
}
