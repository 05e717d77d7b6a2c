import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AesKey, SigningKey } from '../devices/certificates.ts';
import { DEFAULT_HARDWARE } from '../devices/device-options.ts';
import type { SlotPaths } from '../devices/isolation.ts';
import { mustRun } from '../programs/run-program.ts';

const LAUNCHER = path.join(import.meta.dirname, '..', '..', 'bin', 'updraft');

export type BundleOrder = {
  readonly version: string;
  readonly image: Buffer;
  readonly slotPaths: SlotPaths;
  readonly signer: SigningKey;
  readonly encryptedWith: AesKey;
};

/** Makes a bundle for both slots with `updraft bundle create`, compressed and encrypted, as a person would; gives its file. */
export async function createBundle(folder: string, order: BundleOrder): Promise<string> {
  const { version, slotPaths, signer } = order;
  const image = path.join(folder, `rootfs-${version}.img`);
  const out = path.join(folder, `gateway-${version}.swu`);
  await writeFile(image, order.image);
  const slots = [
    ['--selection', `stable,copy1=${slotPaths.A}`, '--bootenv', 'stable,copy1:bootslot=A'],
    ['--selection', `stable,copy2=${slotPaths.B}`, '--bootenv', 'stable,copy2:bootslot=B'],
  ];
  const content = ['--image', image, '--version', version, '--hardware', DEFAULT_HARDWARE, ...slots.flat()];
  const form = ['--compress', 'zstd', '--encrypt', order.encryptedWith.file];
  const signing = ['--key', signer.keyFile, '--cert', signer.certificateFile];
  await mustRun(process.execPath, [LAUNCHER, 'bundle', 'create', ...content, ...form, ...signing, '--out', out]);
  return out;
}
