/**
 * What shows that a device runs the new version. `confirmed`: the protocol guarantees that a process started after the
 * reboot said so. `observed`: a later contact shows the version, slot or boot id in the attribute that the device type
 * names. `reported`: only the device's word, perhaps said before it rebooted.
 */
export const EVIDENCE = ['confirmed', 'observed', 'reported'] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** What the attributes that a device type names show; null where one shows nothing, or is not named. */
export type ShownFacts = {
  readonly version: string | null;
  readonly slot: string | null;
  readonly bootId: string | null;
};

/**
 * What the device type asks before an attempt counts: that one report shows the release's version, another slot than
 * when the attempt began, and another boot id than when the device said that it had installed; of these the ones that it
 * names. Null: it names none, and trusts the protocol. `known` is what the device showed last.
 */
export type EvidenceRule = {
  readonly versionAttribute: string | null;
  readonly expectedVersion: string;
  readonly slotAttribute: string | null;
  readonly bootIdAttribute: string | null;
  readonly known: ShownFacts;
} | null;

/** The slot and the boot id that an attempt started from. */
export type ShownBefore = { readonly slotBefore: string | null; readonly bootIdBefore: string | null };

/** What an attribute report shows of what the rule names. */
export function shownIn(rule: NonNullable<EvidenceRule>, attributes: Readonly<Record<string, string>>): ShownFacts {
  const of = (name: string | null) =>
    name !== null && Object.hasOwn(attributes, name) ? (attributes[name]?.trim() ?? null) : null;
  return { version: of(rule.versionAttribute), slot: of(rule.slotAttribute), bootId: of(rule.bootIdAttribute) };
}

/**
 * Whether an attribute report shows all that the rule asks for. An older value is no verdict: it may have been sent
 * before the reboot. What was not known before cannot be seen to change.
 */
export function observes(
  rule: EvidenceRule,
  attributes: Readonly<Record<string, string>>,
  { slotBefore, bootIdBefore }: ShownBefore,
): boolean {
  if (rule === null) return false;
  const shown = shownIn(rule, attributes);
  const changed = (value: string | null, before: string | null) =>
    value !== null && before !== null && value !== before;
  return (
    (rule.versionAttribute === null || shown.version === rule.expectedVersion) &&
    (rule.slotAttribute === null || changed(shown.slot, slotBefore)) &&
    (rule.bootIdAttribute === null || changed(shown.bootId, bootIdBefore))
  );
}

/** Whether what the device showed last is the old version, or the slot that it had before. */
export function showsOld(rule: EvidenceRule, { slotBefore }: ShownBefore): boolean {
  if (rule === null) return false;
  const { version, slot } = rule.known;
  const oldVersion = rule.versionAttribute !== null && version !== null && version !== rule.expectedVersion;
  return oldVersion || (rule.slotAttribute !== null && slot !== null && slot === slotBefore);
}

/** Whether an attribute report shows another version than the one that its device is known to run. */
export function showsOtherVersion(
  known: { readonly versionAttribute: string; readonly version: string },
  attributes: Readonly<Record<string, string>>,
): boolean {
  const { versionAttribute, version } = known;
  return Object.hasOwn(attributes, versionAttribute) && attributes[versionAttribute]?.trim() !== version;
}

export function withEvidence(known: readonly Evidence[], more: Evidence): readonly Evidence[] {
  return known.includes(more) ? known : EVIDENCE.filter((kind) => kind === more || known.includes(kind));
}
