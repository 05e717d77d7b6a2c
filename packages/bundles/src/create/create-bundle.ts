import { mkdtemp } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { BundleInput, Signer } from './bundle-input.ts';
import { discardPrepared, type FinishResult, prepareBundle, problemOf, writeBundle } from './prepare-bundle.ts';
import { signDescription } from './sign-description.ts';

export type CreateOptions = BundleInput & {
  readonly signer: Signer;
  /** The file to be written; it appears whole or not at all. Temporary files lie beside it. */
  readonly output: string;
  /** The signing time; the system's clock when not given. */
  readonly now?: Date;
};

/** Makes a signed bundle from files and streams of any size with flat memory; answers what kept it from being made. */
export async function createBundle(options: CreateOptions): Promise<FinishResult> {
  const output = resolve(options.output);
  try {
    const folder = await mkdtemp(join(dirname(output), `.${basename(output)}-`));
    try {
      const prepared = await prepareBundle(options, folder);
      if (!prepared.prepared) return { ...prepared, created: false };
      const signature = await signDescription(prepared.description, options.signer, options.now ?? new Date());
      return await writeBundle(folder, signature, output);
    } finally {
      await discardPrepared(folder);
    }
  } catch (error) {
    return { created: false, ...problemOf(error) };
  }
}
