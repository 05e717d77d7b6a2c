import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../programs/run-program.ts';

const IMAGE_SOURCE = fileURLToPath(new URL('../../reference-device/boot/image.its', import.meta.url));
const INITRD = Buffer.alloc(600, 0x69);

type Programs = Readonly<Record<'qemu-system-aarch64' | 'mkimage' | 'openssl', string>>;
/** Arguments of QEMU that these slots need. */
type SlotArguments = readonly string[];

/** Trees `whole` and `broken` in a folder: a slot as small as U-Boot loads it, and one whose kernel is zeros. */
export async function makePlainSlots(folder: string): Promise<SlotArguments> {
  await makeTrees(folder);
  await writeFile(path.join(folder, 'whole/boot/Image'), smallestImage());
  await writeFile(path.join(folder, 'broken/boot/Image'), Buffer.alloc(4096));
  for (const slot of ['whole', 'broken']) await writeFile(path.join(folder, slot, 'boot/initrd.img'), INITRD);
  return [];
}

/**
 * The same with signed images, and a device tree of U-Boot's with the key: `broken` has a byte of its initrd changed after it was
 * signed, beside a kernel and an initrd that would be good for a device without a key.
 */
export async function makeSignedSlots(
  folder: string,
  programs: Programs,
  machine: readonly string[],
): Promise<SlotArguments> {
  await makePlainSlots(folder);
  const at = (name: string) => path.join(folder, name);
  await writeFile(at('broken/boot/Image'), smallestImage());
  const tree = at('control.dtb');
  await mustRun(programs['qemu-system-aarch64'], [...machine, '-machine', `dumpdtb=${tree}`]);
  const names = ['-subj', '/CN=updraft', '-keyout', at('updraft.key'), '-out', at('updraft.crt')];
  await mustRun(programs.openssl, ['req', '-batch', '-x509', '-newkey', 'rsa:2048', '-nodes', ...names]);
  await writeFile(at('Image'), smallestImage());
  await writeFile(at('initrd.img'), INITRD);
  await writeFile(at('image.its'), await readFile(IMAGE_SOURCE));
  await mustRun(programs.mkimage, ['-f', 'image.its', '-k', folder, '-K', tree, '-r', 'image.fit'], { folder });
  const signed = await readFile(at('image.fit'));
  await writeFile(at('whole/boot/image.fit'), signed);
  const changed = Buffer.from(signed);
  changed[changed.indexOf(INITRD)] = 0;
  await writeFile(at('broken/boot/image.fit'), changed);
  return ['-dtb', tree];
}

async function makeTrees(folder: string): Promise<void> {
  for (const tree of ['whole/boot', 'broken/boot']) await mkdir(path.join(folder, tree), { recursive: true });
}

/** The header of an arm64 Image and nothing more: Linux' Documentation/arch/arm64/booting.rst, magic at 0x38. */
function smallestImage(): Buffer {
  const image = Buffer.alloc(4096);
  image.write('ARM\x64', 0x38, 'latin1');
  return image;
}
