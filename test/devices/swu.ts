import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { mustRun } from '../programs/run-program.ts';
import type { AesKey, SigningKey } from './certificates.ts';
import { hashOf } from './slot-image.ts';

/** What a bundle made here holds: one image for the slot that is not running, and perhaps a script. */
export type SwuRecipe = {
  readonly version: string;
  readonly image: Buffer;
  /** Where the device sees its slots: `device.slotPaths`. */
  readonly slotPaths: { readonly A: string; readonly B: string };
  /** The revisions it fits, without the board: `1.0` for a device with hardware `lab:1.0`. */
  readonly hardwareRevisions: readonly string[];
  /** Absent: the bundle is not signed at all. */
  readonly signer?: SigningKey;
  readonly format?: 'crc' | 'newc';
  /** The image streams into the slot while it is downloaded, and is hashed on the way. */
  readonly installedDirectly?: boolean;
  /** SWUpdate calls gzip zlib; it does not take a zlib stream proper. */
  readonly compressed?: 'zlib' | 'zstd';
  readonly encryptedWith?: AesKey;
  /** One byte of the image is changed after its hash was signed. */
  readonly tampered?: boolean;
  /** The image is a zchunk header: the device fetches what it lacks of that file from an address, and takes the rest from its running slot. */
  readonly deltaUrl?: string;
  /** A shell script that the device runs with `preinst` before and `postinst` after the image is written. */
  readonly script?: string;
};

/** Succeeds before the installation and fails after it. */
export const FAILING_SCRIPT = '#!/bin/sh\n[ "$1" != postinst ]\n';

const IMAGE_MEMBER = 'rootfs.img';
const SCRIPT_MEMBER = 'script.sh';

/** Writes a bundle to `file` with openssl and cpio alone, so that it is independent of the writer that we ship. */
export async function makeSwu(file: string, recipe: SwuRecipe): Promise<void> {
  const folder = await mkdtemp(`${file}.parts-`);
  try {
    const member = await encrypted(compressed(recipe.image, recipe), folder, recipe);
    await writeFile(path.join(folder, 'sw-description'), swDescription(recipe, hashOf(member)));
    await writeFile(path.join(folder, IMAGE_MEMBER), recipe.tampered ? withOneByteChanged(member) : member);
    if (recipe.script !== undefined) await writeFile(path.join(folder, SCRIPT_MEMBER), recipe.script);
    if (recipe.signer !== undefined) await sign(folder, recipe.signer);
    await archive(folder, path.resolve(file), recipe);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function compressed(image: Buffer, recipe: SwuRecipe): Buffer {
  if (recipe.compressed === undefined) return image;
  return recipe.compressed === 'zlib' ? gzipSync(image) : zstdCompressSync(image);
}

async function encrypted(member: Buffer, folder: string, recipe: SwuRecipe): Promise<Buffer> {
  if (recipe.encryptedWith === undefined) return member;
  const { keyHex, ivHex } = recipe.encryptedWith;
  const [clear, cipher] = [path.join(folder, 'clear'), path.join(folder, 'cipher')];
  await writeFile(clear, member);
  await mustRun('openssl', ['enc', '-aes-256-cbc', '-in', clear, '-out', cipher, '-K', keyHex, '-iv', ivHex]);
  return readFile(cipher);
}

/** The libconfig form. `copy1` writes slot A and `copy2` slot B; each tells the boot loader which slot comes next. */
function swDescription(recipe: SwuRecipe, memberHash: string): string {
  const { version, hardwareRevisions, slotPaths } = recipe;
  const revisions = hardwareRevisions.map((revision) => `"${revision}"`).join(', ');
  const copy = (slot: 'A' | 'B'): string => `{
      images: ( { filename = "${IMAGE_MEMBER}"; type = "${recipe.deltaUrl === undefined ? 'raw' : 'delta'}"; device = "${slotPaths[slot]}"; version = "${version}";
                  sha256 = "${memberHash}"; ${imageAttributes(recipe)} ${deltaProperties(recipe, slot)} } );
      bootenv: ( { name = "bootslot"; value = "${slot}"; } );
      ${scripts(recipe)}
    };`;
  return `software = {
  version = "${version}";
  hardware-compatibility: [ ${revisions} ];
  stable = {
    copy1: ${copy('A')}
    copy2: ${copy('B')}
  };
}
`;
}

function imageAttributes(recipe: SwuRecipe): string {
  return [
    recipe.installedDirectly ? 'installed-directly = true;' : '',
    recipe.compressed === undefined ? '' : `compressed = "${recipe.compressed}";`,
    recipe.encryptedWith === undefined ? '' : `encrypted = true; ivt = "${recipe.encryptedWith.ivHex}";`,
  ].join(' ');
}

function deltaProperties({ deltaUrl, slotPaths }: SwuRecipe, slot: 'A' | 'B'): string {
  if (deltaUrl === undefined) return '';
  const source = slotPaths[slot === 'A' ? 'B' : 'A'];
  return `properties: { url = "${deltaUrl}"; chain = "raw"; source = "${source}"; zckloglevel = "error"; };`;
}

function scripts(recipe: SwuRecipe): string {
  if (recipe.script === undefined) return '';
  const hash = hashOf(Buffer.from(recipe.script));
  return `scripts: ( { filename = "${SCRIPT_MEMBER}"; type = "shellscript"; sha256 = "${hash}"; } );`;
}

function withOneByteChanged(member: Buffer): Buffer {
  const changed = Buffer.from(member);
  const middle = changed.length >> 1;
  changed.writeUInt8(changed.readUInt8(middle) ^ 1, middle);
  return changed;
}

async function sign(folder: string, signer: SigningKey): Promise<void> {
  const [signed, signature] = [path.join(folder, 'sw-description'), path.join(folder, 'sw-description.sig')];
  const files = ['-in', signed, '-out', signature];
  const signedBy = ['-signer', path.resolve(signer.certificateFile), '-inkey', path.resolve(signer.keyFile)];
  await mustRun('openssl', ['cms', '-sign', '-binary', '-nosmimecap', '-outform', 'DER', ...files, ...signedBy]);
}

/** SWUpdate wants sw-description first and its signature second. */
async function archive(folder: string, file: string, recipe: SwuRecipe): Promise<void> {
  const members = ['sw-description'];
  if (recipe.signer !== undefined) members.push('sw-description.sig');
  members.push(IMAGE_MEMBER);
  if (recipe.script !== undefined) members.push(SCRIPT_MEMBER);
  const args = ['--create', '--quiet', `--format=${recipe.format ?? 'crc'}`, '--file', file];
  await mustRun('cpio', args, { folder, input: `${members.join('\n')}\n` });
}
