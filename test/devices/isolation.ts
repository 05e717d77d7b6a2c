import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../programs/run-program.ts';

/**
 * How a device gets a view of the file system of its own: `root` and `user-namespace` are mount namespaces, with and without
 * real root; `none` is a machine that forbids both.
 */
export type Isolation = keyof typeof UNSHARE;
/** Absolute paths under /dev (elsewhere they would need a folder that every machine has). */
export type SlotPaths = { readonly A: string; readonly B: string };
export type DeviceView = { readonly folder: string; readonly isolation: Isolation };
export type Command = { readonly program: string; readonly args: readonly string[] };

const UNSHARE = {
  root: ['unshare', '--mount'],
  'user-namespace': ['unshare', '--mount', '--map-root-user'],
  none: undefined,
} as const;
const PROBE_TIME_LIMIT_MS = 30_000;
const DEVICE_NODES = ['null', 'zero', 'full', 'random', 'urandom'];
/**
 * $1 is the device's folder; the rest is the command. /etc carries the paths that are compiled into SWUpdate; /dev shows the slots
 * at the same paths on every device; the lock folder keeps libubootenv's one lock file per device. Files of a test may lie in memory, so /dev/shm is that of the machine,
 * with what another test has mounted in it: a user namespace may not uncover what lies below that.
 */
const ENTER = `set -e
folder=$1; shift
for node in ${DEVICE_NODES.join(' ')}; do mount --bind /dev/$node "$folder/dev/$node"; done
if [ -d /dev/shm ]; then mount --rbind /dev/shm "$folder/dev/shm"; fi
mount --rbind "$folder/dev" /dev
mount --bind "$folder/lock" "$(readlink -f /var/lock)"
mount --bind "$folder/etc" /etc
exec "$@"`;
/**
 * Debian's SWUpdate dies of a SIGPIPE now and then (a client of its progress socket left); systemd starts services with it ignored.
 * The kernel ends the program when the test's process dies, however that happens: asked last, as a change of credentials clears it.
 */
const START_AS_SERVICE = ['env', '--ignore-signal=PIPE', 'setpriv', '--pdeathsig', 'KILL', '--'];

/** What this machine allows, best first, found by trying a mount; `none` is always there. */
export async function allowedIsolations(): Promise<Isolation[]> {
  const candidates = ['root', 'user-namespace'] as const;
  const allowed = await Promise.all(candidates.map(canMount));
  return [...candidates.filter((_, index) => allowed[index]), 'none'];
}

async function canMount(isolation: 'root' | 'user-namespace'): Promise<boolean> {
  const [program, ...args] = UNSHARE[isolation];
  const probe = [...args, 'mount', '--bind', '/etc', '/etc'];
  return (await runProgram(program, probe, { timeLimitMs: PROBE_TIME_LIMIT_MS })).exitCode === 0;
}

/** Prepares in `folder` what the device will see as /etc, /dev and the lock folder. No mount is made here: they live and die with the device's processes. */
export async function layOutDevice(
  folder: string,
  slots: { readonly files: SlotPaths; readonly paths: SlotPaths },
): Promise<void> {
  await Promise.all(['etc', 'dev', 'lock'].map((name) => mkdir(path.join(folder, name))));
  await mkdir(path.join(folder, 'dev', 'shm'));
  await Promise.all(DEVICE_NODES.map((node) => writeFile(path.join(folder, 'dev', node), '')));
  for (const slot of ['A', 'B'] as const) {
    const [slotPath, root] = [path.resolve(slots.paths[slot]), '/dev/'];
    if (!slotPath.startsWith(root)) throw new RangeError(`the path of slot ${slot} is not under /dev: ${slotPath}`);
    const link = path.join(folder, 'dev', slotPath.slice(root.length));
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(slots.files[slot], link);
  }
}

/**
 * The command that runs `command` as the device would, in its own view of the file system. Without `online` it has no network
 * either, where the isolation allows that.
 */
export function insideDevice(device: DeviceView, command: readonly string[], online: boolean): Command {
  const unshare = UNSHARE[device.isolation] ?? [];
  const offline = online ? [] : ['--net'];
  const enter = unshare.length === 0 ? [] : [...unshare, ...offline, 'sh', '-c', ENTER, 'enter', device.folder];
  const [program = '', ...args] = [...enter, ...START_AS_SERVICE, ...command];
  return { program, args };
}
