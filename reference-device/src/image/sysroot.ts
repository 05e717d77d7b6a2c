import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, type Stats } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { programFailed, programPath } from './host-program.ts';
import { cacheFolder, type PackageFile } from './package-cache.ts';

/** The unpacked files of some packages, and which package each is from. Paths are those of a merged /usr, absolute. */
export type Sysroot = { readonly folder: string; readonly ownerOf: ReadonlyMap<string, string> };

/** Debian's packages of this suite still name these; in an image they are links into /usr. */
export const MERGED_FOLDERS = ['bin', 'sbin', 'lib'] as const;

/** What no device reads. */
const LEFT_OUT = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info', 'usr/share/lintian'];
/** Of a kernel's thousands of modules, those that a virtual machine may need. */
const OF_KERNEL = [
  'boot/vmlinuz-*',
  ...['arch', 'crypto', 'fs', 'lib', 'drivers/block', 'drivers/virtio', 'drivers/char', 'drivers/watchdog'].map(folder),
  'lib/modules/*/kernel/net/core',
  'lib/modules/*/kernel/drivers/net/*.ko',
];

/** What a change of this file's tables must change, so that nobody takes what an older table unpacked. */
const LAYOUT = JSON.stringify([MERGED_FOLDERS, LEFT_OUT, OF_KERNEL]);
const OWNERS = 'owners.json';
/** Two cores unpack twice as fast as one; the kernel alone takes as long as all others. */
const AT_ONCE = 2;
const KEPT_UNUSED_MS = 30 * 24 * 3600 * 1000;

/** Unpacks packages, or finds what was unpacked before from the same ones. No script of a package runs. */
export async function openSysroot(
  packages: readonly PackageFile[],
  progress: (line: string) => void,
): Promise<Sysroot> {
  const key = createHash('sha256').update(LAYOUT);
  for (const { sha256 } of packages) key.update(sha256);
  const folder = path.join(cacheFolder(), 'sysroots', key.digest('hex').slice(0, 32));
  if (!existsSync(folder)) await unpackInto(folder, packages, progress);
  const now = new Date();
  await utimes(folder, now, now);
  await forgetUnused(path.dirname(folder), now);
  const owners = JSON.parse(await readFile(path.join(folder, OWNERS), 'utf8')) as Record<string, string>;
  return { folder, ownerOf: new Map(Object.entries(owners)) };
}

/** What no build of the last month took, and what a build that was killed left. */
async function forgetUnused(parent: string, now: Date): Promise<void> {
  for (const name of await readdir(parent)) {
    const one = path.join(parent, name);
    const usedMs = (await statOrNone(one))?.mtimeMs ?? now.getTime();
    if (now.getTime() - usedMs > KEPT_UNUSED_MS) await rm(one, { recursive: true, force: true });
  }
}

/** Another build may have renamed or removed it meanwhile. */
async function statOrNone(one: string): Promise<Stats | undefined> {
  try {
    return await stat(one);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The folder appears whole or not at all; who comes second takes the first one's. */
async function unpackInto(
  folder: string,
  packages: readonly PackageFile[],
  progress: (line: string) => void,
): Promise<void> {
  progress(`unpacking ${packages.length} packages`);
  const parent = path.dirname(folder);
  await mkdir(parent, { recursive: true });
  const part = await mkdtemp(path.join(parent, '.part-'));
  try {
    for (const name of MERGED_FOLDERS) {
      await mkdir(path.join(part, 'usr', name), { recursive: true });
      await symlink(path.join('usr', name), path.join(part, name));
    }
    const owners: Record<string, string> = {};
    await unpackAll(packages, part, owners);
    await writeFile(path.join(part, OWNERS), JSON.stringify(owners));
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

async function unpackAll(
  packages: readonly PackageFile[],
  part: string,
  owners: Record<string, string>,
): Promise<void> {
  const largestFirst = packages.toSorted((a, b) => b.bytes - a.bytes).values();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const one of largestFirst) for (const member of await unpack(one, part)) owners[canonical(member)] = one.name;
  });
  await Promise.all(workers);
}

/** Gives the members that were unpacked, as the package names them. */
async function unpack(one: PackageFile, folder: string): Promise<readonly string[]> {
  // linux-image-arm64 only names the current one.
  const isKernel = /^linux-image-\d/.test(one.name);
  const wanted = isKernel ? ['--wildcards', '--no-wildcards-match-slash', ...OF_KERNEL.map((name) => `./${name}`)] : [];
  const unwanted = LEFT_OUT.map((name) => `--exclude=./${name}`);
  const tarArgs = ['-x', '-v', '-C', folder, '--no-same-owner', '--keep-directory-symlink', ...unwanted, ...wanted];
  const source = spawn(programPath('dpkg-deb'), ['--fsys-tarfile', one.file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const tar = spawn(programPath('tar'), tarArgs, { stdio: ['pipe', 'pipe', 'pipe'] });
  // A tar that ends early closes the pipe first; its exit status tells what happened.
  tar.stdin.on('error', () => source.stdout.destroy());
  source.stdout.pipe(tar.stdin);
  const [sourceEnd, tarEnd, members, sourceWords, tarWords] = await Promise.all([
    ended(source),
    ended(tar),
    text(tar.stdout),
    text(source.stderr),
    text(tar.stderr),
  ]);
  if (sourceEnd !== 0) throw programFailed('dpkg-deb', sourceEnd, `${one.file}: ${sourceWords}`);
  if (tarEnd !== 0) throw programFailed('tar', tarEnd, `${one.file}: ${tarWords}`);
  return members.split('\n').filter((member) => member !== '' && !member.endsWith('/'));
}

function ended(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
}

function folder(name: string): string {
  return `lib/modules/*/kernel/${name}`;
}

/** `./lib/x` and `./usr/lib/x` are one file. */
function canonical(member: string): string {
  const absolute = member.replace(/^\.\//, '/');
  return MERGED_FOLDERS.some((name) => absolute.startsWith(`/${name}/`)) ? `/usr${absolute}` : absolute;
}
