import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FinishResult } from '@updraft/bundles';
import { CliError, usageError } from '../cli-error.ts';
import { checkReadable, readSmallFile, readTextFile } from '../local-file.ts';
import { bytesText } from '../output/figures.ts';
import type { Printer } from '../output/printer.ts';
import { shellWord } from '../output/shell-word.ts';
import { readCertificates } from '../pem-file.ts';
import { bundleInput } from './bundle-options.ts';
import type { ContentOptions } from './bundle-options.ts';
import { bundleError } from './bundle-problem.ts';

export type CreateOptions = ContentOptions & {
  readonly out: string;
  readonly key?: string;
  readonly cert?: readonly string[];
  readonly detached?: boolean;
  readonly signature?: string;
};

const MAX_KEY_BYTES = 65_536;
const MAX_SIGNATURE_BYTES = 262_144;

/** `updraft bundle create`: signed here, or in two steps with the key elsewhere. */
export async function createInto(print: Printer, options: CreateOptions): Promise<void> {
  const ways = [options.key !== undefined, options.detached === true, options.signature !== undefined].filter(
    Boolean,
  ).length;
  if (ways === 0)
    throw usageError('usage', 'Say who signs: --key KEY --cert CERT, or --detached if the key is on another machine.');
  if (ways > 1) throw usageError('usage', 'Only one of --key, --detached and --signature is possible.');
  await checkInputs(options);
  if (options.detached === true) return prepare(print, options);
  if (options.signature !== undefined) return finish(print, options, options.signature);
  return create(print, options, options.key ?? '');
}

/** What is to be packed must be there, and must not be what is to be written. */
async function checkInputs(options: CreateOptions): Promise<void> {
  const placed = [...(options.file ?? []), ...(options.archive ?? [])].map((text) => text.split('=')[0] ?? '');
  for (const file of [...(options.image ?? []), ...(options.script ?? []), ...placed]) {
    await checkReadable(file);
    if (path.resolve(file) === path.resolve(options.out))
      throw usageError('usage', `--out ${options.out} is one of the files to be packed.`);
  }
  if (!existsSync(path.dirname(path.resolve(options.out))))
    throw usageError('file-not-writable', `There is no folder ${path.dirname(options.out)} for --out.`);
}

async function create(print: Printer, options: CreateOptions, keyFile: string): Promise<void> {
  const [certificate, ...chain] = certificatesOf(options);
  const signer = {
    keyPem: await readTextFile(keyFile, MAX_KEY_BYTES),
    certificatePem: await readCertificates(certificate ?? ''),
    ...(chain.length === 0 ? {} : { chainPem: (await Promise.all(chain.map(readCertificates))).join('\n') }),
  };
  const input = await bundleInput(options);
  const { createBundle } = await import('@updraft/bundles');
  showCreated(print, await createBundle({ ...input, signer, output: options.out }));
}

function certificatesOf({ cert }: CreateOptions): readonly string[] {
  if (cert === undefined) throw usageError('usage', 'Name the certificate of the signer: --cert CERT.');
  return cert;
}

function showCreated(print: Printer, result: FinishResult): void {
  if (!result.created) throw bundleError(result);
  print.show(result, () => [`Made ${result.path}, ${bytesText(result.bytes)}.`]);
}

/** Where a bundle waits for its signature. */
function waitingFolder({ out }: CreateOptions): string {
  return `${out}.unsigned`;
}

async function prepare(print: Printer, options: CreateOptions): Promise<void> {
  const input = await bundleInput(options);
  const folder = waitingFolder(options);
  await clearFolder(folder);
  const { prepareBundle } = await import('@updraft/bundles');
  const result = await prepareBundle(input, folder);
  if (!result.prepared) throw bundleError(result);
  const sha256 = createHash('sha256').update(result.description).digest('hex');
  const sign = `openssl cms -sign -binary -nosmimecap -outform DER -in sw-description -out sw-description.sig -signer CERT.pem -inkey KEY.pem`;
  const next = `updraft bundle create --signature sw-description.sig --cert CERT.pem --out ${shellWord(options.out)}`;
  print.show({ description: result.descriptionPath, sha256, sign, next }, () => [
    `To be signed: ${result.descriptionPath}`,
    `sha256        ${sha256}`,
    '',
    'Take it to the machine that has the key, and run there:',
    `  ${sign}`,
    'Bring sw-description.sig back, and run here:',
    `  ${next}`,
    '',
    'Leave the packed files as they are until then.',
  ]);
}

/** An older preparation is replaced; a folder that is none of ours is not touched. */
async function clearFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const names = await readdir(folder).catch(() => ['?']);
  if (names.length > 0 && !names.includes('prepared.json'))
    throw usageError(
      'file-not-writable',
      `${folder} exists and is not a bundle that waits for its signature; remove it, or choose another --out.`,
    );
  await rm(folder, { recursive: true });
}

async function finish(print: Printer, options: CreateOptions, signatureFile: string): Promise<void> {
  const certificates = await Promise.all(certificatesOf(options).map(readCertificates));
  const signature = await readSmallFile(signatureFile, MAX_SIGNATURE_BYTES);
  const { finishBundle } = await import('@updraft/bundles');
  const waiting = waitingFolder(options);
  const folder = existsSync(waiting) ? waiting : await prepareAnew(options);
  try {
    showCreated(print, await finishBundle({ folder, signature, certificates, output: options.out }));
  } catch (error) {
    if (folder !== waiting) await rm(folder, { recursive: true, force: true });
    throw error;
  }
  await rm(folder, { recursive: true, force: true });
}

/** The same options make the same description, so that a signature fits although the preparation is gone; with --encrypt they do not. */
async function prepareAnew(options: CreateOptions): Promise<string> {
  if (options.version === undefined)
    throw new CliError(
      'usage',
      'not-prepared',
      `${waitingFolder(options)} is not there: use the --out of the call with --detached, or give all its options again.`,
    );
  const folder = await mkdtemp(path.join(tmpdir(), 'updraft-bundle-'));
  const { prepareBundle } = await import('@updraft/bundles');
  const result = await prepareBundle(await bundleInput(options), folder);
  if (result.prepared) return folder;
  await rm(folder, { recursive: true, force: true });
  throw bundleError(result);
}
