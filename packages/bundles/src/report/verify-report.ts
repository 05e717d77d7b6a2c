import { BundleError, type BundleProblem, problem, refuse } from '../bundle-problem.ts';
import { readCertificatesPem } from '../cms/certificate.ts';
import { verifySignature } from '../cms/verify-signature.ts';
import type { Entry } from '../description/entry.ts';
import { acceptsRevision, type Hardware } from '../description/hardware.ts';
import { parseDescription } from '../description/parse-description.ts';
import { isEmptyPlan, type Plan, type Selection } from '../description/plan.ts';
import { declaredPlans } from '../description/selections.ts';
import type { SettingTree } from '../description/setting.ts';
import type { BundleReport, MemberFacts } from './bundle-report.ts';
import { isExtractable } from './member-name.ts';

/**
 * `certificates`: PEM texts, the whole of what is trusted (`swupdate -k`). Without `hardware` the bundle must be acceptable to the devices it
 * names; with it, to each of these. Without `selection` all that the bundle declares must be acceptable; with it, that one (`swupdate -e`).
 */
export type VerifyOptions = {
  readonly certificates: readonly string[];
  readonly hardware?: readonly Hardware[];
  readonly selection?: Selection;
  /** The clock for the validity of certificates; the system's when not given. */
  readonly now?: Date;
};

export type BundleVerdict = { readonly good: true } | ({ readonly good: false } & BundleProblem);

/** Says of a bundle that was read whether Debian's SWUpdate 2022.12 would accept it. Never throws for what the bundle holds. */
export async function verifyReport(report: BundleReport, options: VerifyOptions): Promise<BundleVerdict> {
  try {
    const reason = await findProblem(report, options);
    return reason === null ? { good: true } : { good: false, ...reason };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { good: false, ...error.problem };
  }
}

/** In SWUpdate's order: the archive, the signature over the description, what the description says, then its members. */
async function findProblem(report: BundleReport, options: VerifyOptions): Promise<BundleProblem | null> {
  const trusted = await readCertificatesPem(options.certificates);
  if (report.problem !== null) return report.problem;
  const { description, signature } = report;
  if (description === null || signature === null) throw refuse('signature-missing');
  const reason = await verifySignature({ description, signature }, { trusted, now: options.now ?? new Date() });
  return reason ?? checkDescription(parseDescription(description), report, options);
}

function checkDescription(
  tree: SettingTree,
  report: BundleReport,
  { hardware, selection }: VerifyOptions,
): BundleProblem | null {
  const members = new Map(report.members.map((member) => [member.name, member]));
  for (const one of hardware ?? [undefined]) {
    for (const plan of declaredPlans(tree, { board: one?.board, selection })) {
      const reason =
        plan.problem ?? checkHardware(plan, one) ?? checkEmpty(plan, selection) ?? checkMembers(plan, members);
      if (reason !== null) return reason;
    }
  }
  return null;
}

function checkHardware(plan: Plan, hardware: Hardware | undefined): BundleProblem | null {
  if (hardware === undefined || acceptsRevision(plan.hardware, hardware.revision)) return null;
  return problem('hardware-not-compatible', { detail: `${hardware.board}:${hardware.revision}` });
}

function checkEmpty(plan: Plan, selection: Selection | undefined): BundleProblem | null {
  if (!isEmptyPlan(plan)) return null;
  return selection === undefined
    ? problem('nothing-to-install')
    : problem('selection-missing', { detail: `${selection.set},${selection.mode}` });
}

/** SWUpdate hands a member to the first of its three lists that names it: one that two lists name is missing in the second. */
function checkMembers(plan: Plan, members: ReadonlyMap<string, MemberFacts>): BundleProblem | null {
  const claimed = new Set<string>();
  for (const list of [plan.images, plan.scripts, plan.bootScripts]) {
    for (const entry of list) {
      const reason = claimed.has(entry.filename)
        ? problem('member-missing', { member: entry.filename })
        : checkEntryMember(entry, list, members);
      if (reason !== null) return reason;
    }
    for (const entry of list) if (entry.filename !== '') claimed.add(entry.filename);
  }
  return null;
}

function checkEntryMember(
  entry: Entry,
  list: readonly Entry[],
  members: ReadonlyMap<string, MemberFacts>,
): BundleProblem | null {
  const where = { member: entry.filename };
  if (entry.section === 'partitions') return null;
  if (entry.filename === '') return checkUnnamed(entry);
  const facts = members.get(entry.filename);
  if (facts === undefined) return problem('member-missing', where);
  const users = list.filter((other) => other.filename === entry.filename);
  if (users.length > 1 && users.some((other) => other.installedDirectly))
    return problem('member-streamed-twice', where);
  if (!entry.installedDirectly && !isExtractable(entry.filename)) return problem('member-not-extractable', where);
  if (entry.installedDirectly && (entry.section === 'scripts' || entry.section === 'bootenv'))
    return problem('script-streamed', where);
  if (entry.sha256 !== null && entry.sha256 !== facts.sha256) return problem('hash-mismatch', where);
  if (entry.encrypted) return isWholeBlocks(facts.size) ? null : problem('member-not-decryptable', where);
  return entry.compressed === null || facts.decode === null ? null : problem(facts.decode, where);
}

/** What goes without a file: a script, a boot script, and what is installed while it streams by, for it never comes. */
function checkUnnamed({ section, installedDirectly }: Entry): BundleProblem | null {
  if (installedDirectly || section === 'scripts' || section === 'bootenv') return null;
  return problem('field-invalid', { detail: 'filename = ""' });
}

const AES_BLOCK_BYTES = 16;

/** CBC pads at least one byte, so that nothing encrypted is empty. This is seen without the key. */
function isWholeBlocks(size: number): boolean {
  return size > 0 && size % AES_BLOCK_BYTES === 0;
}
