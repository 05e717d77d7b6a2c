import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BuildError } from './build-error.ts';
import { mustRun, programFailed, runProgram } from './host-program.ts';
import type { LockedPackage } from './packages-lock.ts';

/** What a device runs on, whatever this machine runs on. */
const ARCHITECTURE = 'arm64';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const ARCHIVE = 'http://deb.debian.org/debian';
const SECURITY_ARCHIVE = 'http://deb.debian.org/debian-security';

/**
 * APT with a root of its own: lists, sources and architecture lie in a temporary folder, so that this machine's packages and architectures
 * are neither read nor changed. Proxies are taken from this machine's settings of APT.
 */
export class PrivateApt implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Fetches the lists of a suite. Throws `network-unreachable`, or `program-missing` without Debian's keys. */
  static async open(suite: string): Promise<PrivateApt> {
    if (!existsSync(KEYRING))
      throw new BuildError(
        'program-missing',
        `Debian's keys are not on this machine (${KEYRING}); install with: apt-get install debian-archive-keyring`,
      );
    const apt = new PrivateApt(await mkdtemp(path.join(tmpdir(), 'updraft-apt-')));
    try {
      await writeSettings(apt.#folder, suite);
      await apt.#update();
      return apt;
    } catch (error) {
      await apt[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Names of the packages that these need, themselves included; APT's own choice where there are several. */
  async closureOf(names: readonly string[]): Promise<readonly string[]> {
    const args = ['-q', '-y', '-s', '--no-install-recommends', 'install', ...names];
    const text = await mustRun('apt-get', args, this.#run());
    return [...text.matchAll(/^Inst (\S+) /gm)].map((match) => (match[1] ?? '').replace(`:${ARCHITECTURE}`, ''));
  }

  /** All versions of these packages that Debian has now, the newest first. Names that it does not have are left out. */
  async versionsOf(names: readonly string[]): Promise<readonly LockedPackage[]> {
    const { stdout } = await runProgram('apt-cache', ['show', ...names], this.#run());
    return stdout.split('\n\n').flatMap((paragraph) => {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '';
      const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')];
      const [bytes, sha256] = [Number(field('Size')), field('SHA256')];
      return name === '' || sha256 === '' ? [] : [{ name, version, architecture, bytes, sha256 }];
    });
  }

  /** Fetches these very versions into `folder`; APT checks them against Debian's signed lists. Gives the file of each. */
  async download(packages: readonly LockedPackage[], folder: string): Promise<ReadonlyMap<LockedPackage, string>> {
    const wanted = packages.map(({ name, version }) => `${name}=${version}`);
    const { exitCode, stderr } = await runProgram('apt-get', ['-q', 'download', ...wanted], this.#run(folder));
    if (exitCode !== 0) throw downloadFailed(exitCode, stderr);
    const files = await readdir(folder);
    return new Map(
      packages.map((one) => {
        const start = `${one.name}_${one.version.replaceAll(':', '%3a')}_`;
        const file = files.find((name) => name.startsWith(start));
        if (file === undefined) throw new BuildError('package-missing', `apt-get did not bring ${one.name}`);
        return [one, path.join(folder, file)];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }

  async #update(): Promise<void> {
    const { exitCode, stderr } = await runProgram('apt-get', ['-q', 'update'], this.#run());
    if (exitCode !== 0) throw downloadFailed(exitCode, stderr);
  }

  #run(folder?: string): { folder?: string; environment: Record<string, string> } {
    const environment = { APT_CONFIG: path.join(this.#folder, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive' };
    return folder === undefined ? { environment } : { folder, environment };
  }
}

async function writeSettings(folder: string, suite: string): Promise<void> {
  await mkdir(path.join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(folder, 'archives', 'partial'), { recursive: true });
  await mkdir(path.join(folder, 'none'));
  await writeFile(path.join(folder, 'status'), '');
  const sources = [
    [ARCHIVE, suite],
    [ARCHIVE, `${suite}-updates`],
    [SECURITY_ARCHIVE, `${suite}-security`],
  ].map(([archive, name]) => `deb [signed-by=${KEYRING}] ${archive} ${name} main\n`);
  await writeFile(path.join(folder, 'sources.list'), sources.join(''));
  const none = path.join(folder, 'none');
  const settings = {
    'APT::Architecture': ARCHITECTURE,
    'APT::Architectures': ARCHITECTURE,
    // Root's sandbox user could not write into this folder.
    'APT::Sandbox::User': 'root',
    // A list that could not be fetched is an error and not a warning.
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Acquire::Retries': '3',
    'Dir::State': folder,
    'Dir::State::status': path.join(folder, 'status'),
    'Dir::State::lists': path.join(folder, 'lists'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': path.join(folder, 'archives'),
    'Dir::Etc::sourcelist': path.join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': none,
    'Dir::Etc::preferences': path.join(folder, 'preferences'),
    'Dir::Etc::preferencesparts': none,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  await writeFile(path.join(folder, 'apt.conf'), lines.join(''));
}

/** APT's own words for what it did not get: a checksum that differs is told from a network that is not there. */
function downloadFailed(exitCode: number, stderr: string): BuildError {
  const failed = programFailed('apt-get', exitCode, stderr);
  if (/Hash Sum mismatch|File has unexpected size/i.test(stderr))
    return new BuildError('checksum-differs', `what came is not what Debian signed. ${failed.message}`);
  if (/Failed to fetch|Could not resolve|Could not connect|Unable to connect|Temporary failure/i.test(stderr))
    return new BuildError(
      'network-unreachable',
      `Debian's archive is not reached; check the network, or set Acquire::http::Proxy for APT. ${failed.message}`,
    );
  return failed;
}
