import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { needsPrograms, packWithCpio } from '../../bundles/test/real-programs.ts';
import { issue, type Issued, sha256, signWithOpenssl } from '../../bundles/test/signing-kit.ts';

export type BundleWish = {
  readonly signer: Issued | null;
  /** Written instead of what was hashed and signed. */
  readonly payload?: string;
  readonly description?: (signed: string) => string;
  readonly format?: 'crc' | 'newc';
};

export interface BundleKit {
  signer(name: string): Promise<Issued & { readonly pem: string }>;
  bundle(wish: BundleWish): Promise<Buffer>;
}

const PAYLOAD = 'the root file system '.repeat(40);

/** Makes keys with openssl and bundles with cpio in a folder of the test's own; null (and skipped) where they are missing. */
export async function aBundleKit(t: TestContext): Promise<BundleKit | null> {
  if (!needsPrograms(t, 'openssl', 'cpio')) return null;
  const folder = await mkdtemp(path.join(tmpdir(), 'updraft-bundles-'));
  t.after(() => rm(folder, { recursive: true }));
  return {
    async signer(name) {
      const issued = await issue(folder, { name });
      return { ...issued, pem: await readFile(issued.cert, 'utf8') };
    },
    async bundle({ signer, payload = PAYLOAD, description = (signed) => signed, format = 'newc' }) {
      const own = await mkdtemp(path.join(folder, 'b-'));
      const signed = aDescription(PAYLOAD);
      const names = ['sw-description', ...(signer === null ? [] : ['sw-description.sig']), 'rootfs.img'];
      await writeFile(path.join(own, 'sw-description'), description(signed));
      await writeFile(path.join(own, 'rootfs.img'), payload);
      if (signer !== null) {
        await writeFile(path.join(own, 'sw-description.sig'), await signWithOpenssl(folder, signed, [signer]));
      }
      return packWithCpio(own, names, format);
    },
  };
}

function aDescription(payload: string): string {
  const image = `{ filename = "rootfs.img"; type = "raw"; device = "/dev/slot"; sha256 = "${sha256(payload)}"; }`;
  return `software = { version = "1.0"; hardware-compatibility = [ "1.0" ]; images = ( ${image} ); };\n`;
}
