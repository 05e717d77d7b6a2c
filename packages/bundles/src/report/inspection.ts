import { BundleError, type BundleProblem } from '../bundle-problem.ts';
import { readSignedData } from '../cms/signed-data.ts';
import { DIGESTS } from '../cms/pki.ts';
import type { CpioFormat } from '../cpio/header.ts';
import type { Entry } from '../description/entry.ts';
import { parseDescription } from '../description/parse-description.ts';
import type { Plan, Selection } from '../description/plan.ts';
import { declaredPlans } from '../description/selections.ts';
import type { DescriptionSyntax } from '../description/setting.ts';
import type { BundleReport, MemberFacts } from './bundle-report.ts';

/** One entry of the description, with the selections that install it and what is stored for it. `size` in bytes, null where nothing is stored. */
export type BundleComponent = Entry & {
  readonly selections: readonly Selection[];
  readonly boards: readonly string[];
  readonly size: number | null;
  /** Does the stored member have the sha256 that the description names? */
  readonly intact: boolean;
};

/** A certificate that signed; of a signer whose certificate is not inside only issuer and serial are known. Times are ISO 8601 in UTC. */
export type BundleSigner = {
  readonly subject: string | null;
  readonly issuer: string;
  readonly serial: string;
  readonly fingerprintSha256: string | null;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  readonly key: string | null;
  readonly digest: string;
  readonly signedAt: string | null;
};

export type BundleMember = MemberFacts & { readonly mentioned: boolean };

/** A bundle's contents, as plain data; what it says of itself is not verified by looking. */
export type Inspection = {
  readonly version: string | null;
  readonly description: string | null;
  readonly syntax: DescriptionSyntax | null;
  readonly format: CpioFormat | null;
  readonly bytes: number;
  /** Accepted revisions, literal or `#RE:` with a POSIX regular expression; for one board, or for any (null). */
  readonly hardware: readonly { readonly board: string | null; readonly revision: string }[];
  readonly boards: readonly string[];
  readonly selections: readonly Selection[];
  readonly components: readonly BundleComponent[];
  /** What it would run on the device: scripts of the description, then the embedded Lua. */
  readonly scripts: readonly BundleComponent[];
  readonly embeddedScripts: readonly string[];
  readonly bootenv: readonly {
    readonly selections: readonly Selection[];
    readonly name: string;
    readonly value: string;
  }[];
  readonly bootloaderStateMarker: boolean;
  readonly bootloaderTransactionMarker: boolean;
  readonly reboot: boolean;
  readonly signers: readonly BundleSigner[];
  readonly members: readonly BundleMember[];
  /** What kept parts of the bundle from being read. */
  readonly problems: readonly BundleProblem[];
};

/** Tells what a bundle holds, as far as it can be read. */
export async function inspectReport(report: BundleReport): Promise<Inspection> {
  const problems: BundleProblem[] = report.problem === null ? [] : [report.problem];
  const tree = report.description === null ? undefined : orProblem(problems, parseDescription, report.description);
  const plans = tree === undefined ? [] : (orProblem(problems, declaredPlans, tree) ?? []);
  for (const plan of plans) if (plan.problem !== undefined) problems.push(plan.problem);
  const components = componentsOf(plans, report.members);
  const mentioned = new Set(components.map((component) => component.filename));
  const first = plans[0];
  return {
    version: first?.version ?? null,
    description: first?.description ?? null,
    syntax: tree?.syntax ?? null,
    format: report.format,
    bytes: report.bytes,
    hardware: hardwareOf(plans),
    boards: boardsOf(plans),
    selections: selectionsOf(plans),
    components: components.filter((component) => component.section !== 'scripts'),
    scripts: components.filter((component) => component.section === 'scripts'),
    embeddedScripts: [...new Set(plans.flatMap((plan) => plan.embeddedScript ?? []))],
    bootenv: bootenvOf(plans),
    bootloaderStateMarker: first?.bootloaderStateMarker ?? true,
    bootloaderTransactionMarker: first?.bootloaderTransactionMarker ?? true,
    reboot: first?.reboot ?? true,
    signers: report.signature === null ? [] : await signersOf(report.signature, problems),
    members: report.members.map((member) => ({ ...member, mentioned: mentioned.has(member.name) })),
    problems,
  };
}

function orProblem<In, Out>(problems: BundleProblem[], read: (input: In) => Out, input: In): Out | undefined {
  try {
    return read(input);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    problems.push(error.problem);
    return undefined;
  }
}

/** Equal entries of several plans are one component. */
function componentsOf(plans: readonly Plan[], members: readonly MemberFacts[]): BundleComponent[] {
  const users = new Map<string, { readonly entry: Entry; readonly plans: Plan[] }>();
  for (const plan of plans) {
    for (const entry of [...plan.images, ...plan.scripts, ...plan.bootScripts]) {
      const key = JSON.stringify(entry);
      const user = users.get(key) ?? { entry, plans: [] };
      if (!user.plans.includes(plan)) user.plans.push(plan);
      users.set(key, user);
    }
  }
  const stored = new Map(members.map((member) => [member.name, member]));
  return [...users.values()].map(({ entry, plans: of }) => ({
    ...entry,
    selections: selectionsOf(of),
    boards: boardsOf(of),
    size: stored.get(entry.filename)?.size ?? null,
    intact: entry.filename === '' || (stored.get(entry.filename)?.sha256 ?? null) === entry.sha256,
  }));
}

function selectionsOf(plans: readonly Plan[]): readonly Selection[] {
  const distinct = new Map(
    plans.flatMap(({ selection }) => (selection === undefined ? [] : [[JSON.stringify(selection), selection]])),
  );
  return [...distinct.values()];
}

function hardwareOf(plans: readonly Plan[]): Inspection['hardware'] {
  const distinct = new Map<string, Inspection['hardware'][number]>();
  for (const { board = null, hardware } of plans) {
    for (const revision of hardware) distinct.set(JSON.stringify([board, revision]), { board, revision });
  }
  return [...distinct.values()];
}

function boardsOf(plans: readonly Plan[]): readonly string[] {
  return [...new Set(plans.flatMap((plan) => plan.board ?? []))];
}

function bootenvOf(plans: readonly Plan[]): Inspection['bootenv'] {
  const distinct = new Map<string, Plan[]>();
  for (const plan of plans) {
    for (const pair of Object.entries(plan.bootenv)) {
      const key = JSON.stringify(pair);
      distinct.set(key, [...(distinct.get(key) ?? []), plan]);
    }
  }
  return [...distinct].map(([key, of]) => {
    const [name, value] = JSON.parse(key) as [string, string];
    return { selections: selectionsOf(of), name, value };
  });
}

async function signersOf(signature: Uint8Array, problems: BundleProblem[]): Promise<BundleSigner[]> {
  try {
    const { signers } = await readSignedData(signature);
    return signers.map(({ certificate, issuer, serial, digestOid, signedAt }) => ({
      subject: certificate === undefined ? null : oneLine(certificate.x509.subject),
      issuer: certificate === undefined ? (issuer ?? '') : oneLine(certificate.x509.issuer),
      serial: certificate?.serial ?? serial ?? '',
      fingerprintSha256:
        certificate === undefined ? null : certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      notBefore: certificate?.notBefore.toISOString() ?? null,
      notAfter: certificate?.notAfter.toISOString() ?? null,
      key: certificate?.x509.publicKey.asymmetricKeyType ?? null,
      digest: DIGESTS[digestOid] ?? digestOid,
      signedAt: signedAt?.toISOString() ?? null,
    }));
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    problems.push(error.problem);
    return [];
  }
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
