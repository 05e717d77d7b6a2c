import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { Machine } from '../../reference-device/src/run/machine.ts';
import { makeOverlay } from '../../reference-device/src/run/overlay.ts';
import type { CutPoint } from '../../reference-device/src/power-cuts/cut-points.ts';
import type { JudgedCut } from '../../reference-device/src/power-cuts/judge-log.ts';
import { type LoggedWrite, readWritten, type WriteLog } from '../../reference-device/src/power-cuts/write-log.ts';
import { mustRun } from '../programs/run-program.ts';
import type { DeviceLab } from '../reference-device/device-lab.ts';
import type { Recording } from './record-updates.ts';

/** What the device's console said after a cut. */
export type BootedCut = { readonly cut: JudgedCut; readonly choice: string; readonly running: string };

const BOOT_LIMIT_MS = 180_000;

/** Boots a disk as each cut leaves it, one after the other, until user space says what runs; `cuts` go from early to late. */
export async function* bootCuts(
  lab: Pick<DeviceLab, 'folder' | 'golden'>,
  { log, recording, cuts }: { log: WriteLog; recording: Recording; cuts: readonly JudgedCut[] },
): AsyncGenerator<BootedCut> {
  await using writes = await open(recording.log);
  const durable = path.join(lab.folder, 'durable.img');
  await copySparse(lab.golden.disk, durable);
  let applied = 0;
  for (const [index, cut] of cuts.entries()) {
    await using disk = await open(durable, 'r+');
    for (; applied < cut.point.durable; applied++) await rewrite({ from: writes, to: disk }, log.writes[applied]);
    const folder = path.join(lab.folder, `cut-${index}`);
    await mkdir(folder);
    await copySparse(durable, path.join(folder, 'disk.img'));
    await applyCut({ from: writes, log }, path.join(folder, 'disk.img'), cut.point);
    yield { cut, ...(await boot(lab, folder, recording.factoryImage)) };
    await rm(folder, { recursive: true });
  }
}

/** Holes stay holes: most of a disk is one. */
async function copySparse(from: string, to: string): Promise<void> {
  await mustRun('cp', ['--sparse=auto', '--reflink=auto', from, to]);
}

async function applyCut(
  { from, log }: { from: FileHandle; log: WriteLog },
  file: string,
  { kept, torn }: CutPoint,
): Promise<void> {
  await using to = await open(file, 'r+');
  for (const index of kept) await rewrite({ from, to }, log.writes[index]);
  const write = torn === undefined ? undefined : log.writes[torn.index];
  if (torn === undefined || write === undefined) return;
  const data = await readWritten(from, write);
  const start = torn.end === 'first' ? 0 : Math.max(data.length - torn.bytes, 0);
  const part = torn.end === 'first' ? data.subarray(0, torn.bytes) : data.subarray(start);
  await to.write(part, 0, part.length, write.offset + start);
}

async function rewrite(
  { from, to }: { from: FileHandle; to: FileHandle },
  write: LoggedWrite | undefined,
): Promise<void> {
  if (write === undefined) return;
  const data = await readWritten(from, write);
  await to.write(data, 0, data.length, write.offset);
}

async function boot(
  lab: Pick<DeviceLab, 'folder' | 'golden'>,
  folder: string,
  factoryImage: string,
): Promise<Omit<BootedCut, 'cut'>> {
  const disk = path.join(folder, 'disk.qcow2');
  await makeOverlay(disk, path.join(folder, 'disk.img'));
  await using machine = await Machine.create({ folder, disk, factoryImage, uBoot: lab.golden.uBoot });
  await machine.switchOn();
  const found = await machine.console.waitFor(
    /UPDRAFT boot (slot=\w trial=\d)[^]*?UPDRAFT up (slot=\w version=\S+) boot=/,
    {
      timeLimitMs: BOOT_LIMIT_MS,
    },
  );
  return { choice: found[1] ?? '', running: found[2] ?? '' };
}
