import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext } from 'node:test';
import { type BundleProblemCode, verifyBundle } from '../src/index.ts';
import { isStricterThanSwupdate } from '../src/bundle-problem.ts';
import { plainArchive, type PlainMember } from './plain-archive.ts';
import { needsPrograms, runSwupdate } from './real-programs.ts';
import { issue, type Issued, sha256, signWithOpenssl } from './signing-kit.ts';

/**
 * One bundle that both the real SWUpdate and we judge. `expect` is our verdict; the real one must agree, except with a code that is marked as
 * stricter or where `real` says otherwise.
 */
export type Case = {
  readonly name: string;
  readonly expect: 'good' | BundleProblemCode;
  readonly real?: 'good' | 'bad';
  readonly description?: string;
  readonly members?: readonly PlainMember[];
  readonly sign?: (description: string) => Promise<Buffer>;
  /** Trusted certificate files. */
  readonly trust?: string;
  readonly archive?: (parts: {
    readonly head: readonly PlainMember[];
    readonly members: readonly PlainMember[];
  }) => Buffer;
  readonly selection?: { readonly set: string; readonly mode: string };
};

export const IMAGE = Buffer.from('the content of an image\n'.repeat(100));
export const IMAGE_MEMBER: PlainMember = { name: 'a.img', content: IMAGE };
export const IMAGE_ENTRY = `{ filename = "a.img"; device = "/nowhere"; type = "raw"; sha256 = "${sha256(IMAGE)}"; }`;

/** A description for revision 1.0 with these sections. */
export function description(sections: string): string {
  return `software = {\n  version = "1.0";\n  hardware-compatibility = [ "1.0" ];\n  ${sections}\n};\n`;
}

/** An entry for one image with these further settings. */
export function imageEntry(content: Uint8Array, more: string, name = 'a.img'): string {
  return `{ filename = "${name}"; device = "/nowhere"; type = "raw"; sha256 = "${sha256(content)}"; ${more} }`;
}

export type Bench = { readonly folder: string; readonly signer: Issued };

/** A folder of the test's own with one good signer in it. Undefined where the programs are missing (the test is then skipped). */
export async function createBench(context: TestContext): Promise<Bench | undefined> {
  if (!needsPrograms(context, 'swupdate', 'openssl')) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return { folder, signer: await issue(folder, { name: 'signer' }) };
}

/** How many real programs run at once: each sleeps most of its second. Give it to the test as `concurrency`. */
export const PARALLEL = 5;

/** Runs the cases as subtests. */
export async function judgeAll(context: TestContext, bench: Bench, cases: readonly Case[]): Promise<void> {
  await Promise.all(
    cases.map((one, index) => context.test(one.name, () => judge(bench, one, join(bench.folder, `case-${index}.swu`)))),
  );
}

async function judge(bench: Bench, one: Case, file: string): Promise<void> {
  const text = one.description ?? description(`images: ( ${IMAGE_ENTRY} );`);
  const signature = await (one.sign ?? ((what) => signWithOpenssl(bench.folder, what, [bench.signer])))(text);
  const head = [
    { name: 'sw-description', content: text },
    { name: 'sw-description.sig', content: signature },
  ];
  const members = one.members ?? [IMAGE_MEMBER];
  await writeFile(file, one.archive?.({ head, members }) ?? plainArchive([...head, ...members]));
  const trust = one.trust ?? bench.signer.cert;
  const selected = one.selection === undefined ? [] : ['-e', `${one.selection.set},${one.selection.mode}`];
  const args = ['-H', 'lab:1.0', '-k', trust, ...selected, '-c', '-i', file];
  const real = await runSwupdate(args);
  const ours = await verifyBundle(file, {
    certificates: [await readFile(trust, 'utf8')],
    hardware: [{ board: 'lab', revision: '1.0' }],
    ...(one.selection === undefined ? {} : { selection: one.selection }),
  });
  assert.equal(ours.good ? 'good' : ours.code, one.expect, JSON.stringify(ours));
  const mayDiffer = !ours.good && isStricterThanSwupdate(ours.code);
  const expected = one.real ?? (mayDiffer ? undefined : ours.good ? 'good' : 'bad');
  if (expected !== undefined) assert.equal(real.good ? 'good' : 'bad', expected, lastWords(real.log));
}

function lastWords(log: string): string {
  return log.split('\n').slice(-30).join('\n');
}
