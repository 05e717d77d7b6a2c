import { open, rm } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { SigningKeyAlgorithm, SigningKeyWish } from '@updraft/bundles';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { writingError } from '../local-file.ts';
import { countOption } from '../option-values.ts';
import { printerOf } from '../command-printer.ts';
import type { Shell } from '../shell.ts';
import { bundleError } from './bundle-problem.ts';

type NewOptions = {
  readonly outKey: string;
  readonly outCert: string;
  readonly algorithm: SigningKeyAlgorithm;
  readonly subject: string;
  readonly days: number;
};

const ALGORITHMS: readonly SigningKeyAlgorithm[] = ['ec-p256', 'rsa-2048', 'rsa-3072', 'rsa-4096'];
const DEFAULT_DAYS = 3_650;
const KEY_MODE = 0o600;
const CERTIFICATE_MODE = 0o644;

/** `updraft key …` */
export function keyCommand(shell: Shell): Command {
  const key = new Command('key')
    .summary('keys that sign bundles')
    .description('Keys that sign bundles. They stay with you: the server never sees one.');
  key.addCommand(newCommand(shell));
  return key;
}

function newCommand(shell: Shell): Command {
  const command = new Command('new')
    .summary('make a signing key and its certificate')
    .description(
      'Makes a private key (PKCS#8 in PEM, readable by you alone) and its self-signed certificate, with the purposes that SWUpdate asks for. Existing files are never overwritten. Keep the key off line; give the certificate to the devices (swupdate -k) and to the server (updraft certificate add).',
    )
    .requiredOption('--out-key <file>', 'where the private key goes')
    .requiredOption('--out-cert <file>', 'where the certificate goes')
    .addOption(new Option('--algorithm <name>', 'the kind of key').choices(ALGORITHMS).default('ec-p256'))
    .option(
      '--subject <name>',
      'whom the certificate names: CN=release,O=Example, or just the common name',
      'Updraft release signing',
    )
    .option('--days <n>', 'how long it is valid', countOption, DEFAULT_DAYS)
    .action(async (options: NewOptions, self: Command) => {
      await makeKey(options);
      printerOf(shell, self).show(
        { key: options.outKey, certificate: options.outCert, algorithm: options.algorithm },
        () => [`Made the key ${options.outKey} and its certificate ${options.outCert}.`],
      );
    });
  return withExamples(command, [
    'updraft key new --out-key release.key --out-cert release.pem --subject CN=release,O=Example',
  ]);
}

async function makeKey({ outKey, outCert, ...wish }: NewOptions): Promise<void> {
  if (outKey === outCert) throw usageError('usage', 'The key and the certificate need a file each.');
  await writeNew(outKey, KEY_MODE, async () => {
    let keyPem = '';
    await writeNew(outCert, CERTIFICATE_MODE, async () => {
      const made = await signingKey(wish);
      keyPem = made.keyPem;
      return made.certificatePem;
    });
    return keyPem;
  });
}

async function signingKey(wish: SigningKeyWish) {
  const { BundleError, newSigningKey } = await import('@updraft/bundles');
  try {
    return await newSigningKey(wish);
  } catch (error) {
    throw error instanceof BundleError ? bundleError(error.problem) : error;
  }
}

/** Takes the name before the content is made; a file that cannot be filled is removed again. */
async function writeNew(file: string, mode: number, content: () => Promise<string>): Promise<void> {
  const handle = await open(file, 'wx', mode).catch((error: unknown) => {
    throw writingError(file, error);
  });
  try {
    await handle.chmod(mode);
    const text = await content();
    await handle.writeFile(text).catch((error: unknown) => {
      throw writingError(file, error);
    });
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}
