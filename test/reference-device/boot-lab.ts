import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Copies, Loadable } from '../../reference-device/src/boot/choose-slot.ts';
import { ENVIRONMENT_BYTES } from '../../reference-device/src/boot/environment.ts';
import { makePlainSlots, makeSignedSlots } from './lab-slots.ts';
import type { ProgramName } from '../programs/debian.ts';
import { mustRun } from '../programs/run-program.ts';

export type BootState = { readonly copies: Copies; readonly loadable: Loadable };
export type Observed = {
  readonly copies: Copies;
  /** Lines after `UPDRAFT `. */
  readonly words: readonly string[];
  /** The kernel's command line; undefined when the script came to no `booti`. */
  readonly bootArguments: string | undefined;
};

export const BOOT_PROGRAMS = [
  'qemu-system-aarch64',
  'u-boot.bin',
  'mkimage',
  'mke2fs',
  'sfdisk',
  'openssl',
  'dtc',
] as const satisfies readonly ProgramName[];
export type BootPrograms = Readonly<Record<(typeof BOOT_PROGRAMS)[number], string>>;

const BOOT_CMD = fileURLToPath(new URL('../../reference-device/boot/boot.cmd', import.meta.url));
const MACHINE = ['-M', 'virt', '-cpu', 'cortex-a57', '-m', '256', '-nographic', '-nic', 'none'];
const RUN_LIMIT_MS = 1_500_000;
const SECTOR_BYTES = 512;
/** Sectors from the disk's begin. The slots are as small as ext4 with a journal-less file system allows. */
const [PARTITION_SECTORS, DISK_SECTORS] = [2048, 14_336];
const PARTITIONS = ['boot', 'env', 'env2', 'slot-a', 'slot-b'] as const;
/** Where the states lie in the guest's memory, away from what boot.cmd uses. */
const STATES_ADDRESS = 0x48_000_000;
const SCRIPT_ADDRESS = 0x43_000_000;
const STATE_BYTES = 2 * ENVIRONMENT_BYTES;

/**
 * Runs the real boot.cmd in the real U-Boot on every state, in one QEMU process: for each loadability one disk with small slots,
 * and one disk that carries the states in and what became of them out. `booti`, `bootm` and `reset` are words here.
 * With `signed` images U-Boot has a key, and what is not loadable is changed after it was signed.
 */
export async function runBootScript(
  programs: BootPrograms,
  states: readonly BootState[],
  images: 'plain' | 'signed' = 'plain',
): Promise<readonly Observed[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'boot-lab-'));
  try {
    const groups = LOADABLES.map((loadable) => states.filter((state) => sameLoadable(state.loadable, loadable)));
    const ordered = groups.flat();
    const slots = images === 'signed' ? makeSignedSlots(folder, programs, MACHINE) : makePlainSlots(folder);
    const slotArguments = await slots;
    await makeDisks(programs, folder, driverScript(groups.map((group) => group.length)));
    await writeFile(
      path.join(folder, 'states.img'),
      Buffer.concat(ordered.flatMap(({ copies }) => [copies.env, copies.env2])),
    );
    const console = await runQemu(programs, folder, slotArguments);
    const observed = await readObserved(path.join(folder, 'states.img'), console, ordered.length);
    const byState = new Map(ordered.map((state, index) => [state, observed[index]]));
    return states.map((state) => byState.get(state) ?? missing(console));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const LOADABLES: readonly Loadable[] = [
  { a: true, b: true },
  { a: true, b: false },
  { a: false, b: true },
  { a: false, b: false },
];

function sameLoadable(a: Loadable, b: Loadable): boolean {
  return a.a === b.a && a.b === b.b;
}

/** The states' disk is number 0 after those of the loadabilities; the driver lies on the first of them. */
function driverScript(groupSizes: readonly number[]): string {
  const statesDisk = LOADABLES.length;
  const total = groupSizes.reduce((sum, size) => sum + size, 0);
  const sectors = (total * STATE_BYTES) / SECTOR_BYTES;
  const ends = groupSizes.map((_, group) => groupSizes.slice(0, group + 1).reduce((sum, size) => sum + size, 0));
  const one = [
    'setexpr there ${state} + 200',
    'virtio dev ${devnum}; virtio write ${state} ${lab_env} 1; virtio write ${there} ${lab_env2} 1',
    'setenv bootargs; echo "LAB state"',
    `source ${hex(SCRIPT_ADDRESS)}`,
    // Nobody feeds the watchdog that the script has armed.
    'echo "LAB arguments ${bootargs}"; echo "LAB end"; pci write.b 0.1e.0 68 0',
    'virtio dev ${devnum}; virtio read ${state} ${lab_env} 1; virtio read ${there} ${lab_env2} 1',
    `setexpr state \${state} + ${hex(STATE_BYTES)}`,
  ];
  return [
    `load virtio 0:1 ${hex(SCRIPT_ADDRESS)} /under-test.scr`,
    `virtio dev ${statesDisk}; virtio read ${hex(STATES_ADDRESS)} 0 ${hex(sectors)}`,
    'part start virtio 0 env lab_env; part start virtio 0 env2 lab_env2',
    'setenv booti echo LAB booti; setenv bootm echo LAB booti; setenv reset true; setenv pause_seconds 0',
    `setenv state ${hex(STATES_ADDRESS)}`,
    ...ends.flatMap((end, disk) => [
      `setenv devnum ${disk}; setenv end ${hex(STATES_ADDRESS + end * STATE_BYTES)}`,
      // U-Boot's shell knows `while`, yet no comparison of its own.
      'while itest ${state} < ${end}; do',
      ...one,
      'done',
    ]),
    `virtio dev ${statesDisk}; virtio write ${hex(STATES_ADDRESS)} 0 ${hex(sectors)}`,
    'poweroff',
    '',
  ].join('\n');
}

function hex(value: number): string {
  return value.toString(16);
}

async function makeDisks(programs: BootPrograms, folder: string, driver: string): Promise<void> {
  const at = (name: string) => path.join(folder, name);
  await writeFile(at('driver.cmd'), driver);
  await mkdir(at('boot'));
  await compileScript(programs, at('driver.cmd'), at('boot/boot.scr'));
  await compileScript(programs, BOOT_CMD, at('boot/under-test.scr'));
  for (const tree of ['boot', 'whole', 'broken'])
    await mustRun(programs.mke2fs, ['-q', '-t', 'ext4', '-d', at(tree), at(`${tree}.img`), '1M']);
  for (const [index, loadable] of LOADABLES.entries()) {
    const slots = { a: at(loadable.a ? 'whole.img' : 'broken.img'), b: at(loadable.b ? 'whole.img' : 'broken.img') };
    await makeDisk(programs, at(`disk${index}.img`), [at('boot.img'), undefined, undefined, slots.a, slots.b]);
  }
}

async function compileScript(programs: BootPrograms, source: string, target: string): Promise<void> {
  await mustRun(programs.mkimage, ['-q', '-A', 'arm64', '-T', 'script', '-C', 'none', '-d', source, target]);
}

async function makeDisk(
  programs: BootPrograms,
  file: string,
  contents: readonly (string | undefined)[],
): Promise<void> {
  await using disk = await open(file, 'wx');
  await disk.truncate(DISK_SECTORS * SECTOR_BYTES);
  const start = (index: number) => (index + 1) * PARTITION_SECTORS;
  const table = PARTITIONS.map((name, index) => `start=${start(index)}, size=${PARTITION_SECTORS}, name=${name}`);
  await mustRun(programs.sfdisk, ['-q', file], { input: ['label: gpt', ...table, ''].join('\n') });
  for (const [index, image] of contents.entries()) {
    if (image !== undefined) await disk.write(await readFile(image), 0, undefined, start(index) * SECTOR_BYTES);
  }
}

async function runQemu(programs: BootPrograms, folder: string, slotArguments: readonly string[]): Promise<string> {
  const names = [...LOADABLES.map((_, index) => `disk${index}.img`), 'states.img'];
  const disks = names.flatMap((name, index) => [
    '-drive',
    `if=none,id=d${index},format=raw,file=${path.join(folder, name)}`,
    '-device',
    `virtio-blk-pci,drive=d${index}`,
  ]);
  const machine = [...MACHINE, ...slotArguments, '-no-reboot'];
  return mustRun(
    programs['qemu-system-aarch64'],
    [...machine, '-bios', programs['u-boot.bin'], '-device', 'i6300esb,addr=0x1e', ...disks],
    {
      timeLimitMs: RUN_LIMIT_MS,
    },
  );
}

async function readObserved(file: string, console: string, count: number): Promise<Observed[]> {
  const bytes = await readFile(file);
  const parts = console.replaceAll('\r', '').split('LAB state\n').slice(1);
  if (parts.length !== count) return [];
  return parts.map((part, index) => {
    const lines = (part.split('LAB end\n')[0] ?? '').split('\n');
    const after = (start: string) =>
      lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
    const at = index * STATE_BYTES;
    return {
      copies: {
        env: bytes.subarray(at, at + ENVIRONMENT_BYTES),
        env2: bytes.subarray(at + ENVIRONMENT_BYTES, at + STATE_BYTES),
      },
      words: after('UPDRAFT '),
      bootArguments: after('LAB booti ').length === 1 ? after('LAB arguments ')[0] : undefined,
    };
  });
}

function missing(console: string): never {
  throw new Error(`U-Boot did not run the script on every state; its last words:\n${console.slice(-2000)}`);
}
