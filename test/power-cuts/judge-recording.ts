import { open } from 'node:fs/promises';
import { CutDisk, type Effect } from '../../reference-device/src/power-cuts/cut-disk.ts';
import { type JudgedCut, judgeLog } from '../../reference-device/src/power-cuts/judge-log.ts';
import { readWriteLog, readWritten, type WriteLog } from '../../reference-device/src/power-cuts/write-log.ts';
import { placesOf, readParts } from './golden-parts.ts';
import type { Recording } from './record-updates.ts';

export type JudgedRecording = {
  readonly log: WriteLog;
  readonly effects: readonly Effect[];
  readonly cuts: readonly JudgedCut[];
};

/** Judges every cut of a recording by the model of the boot script. */
export async function judgeRecording(recording: Recording, disk: string, sfdisk: string): Promise<JudgedRecording> {
  const places = await placesOf(disk, sfdisk);
  const cutDisk = new CutDisk(places, await readParts(disk, places), recording.images);
  await using file = await open(recording.log);
  const log = await readWriteLog(file);
  const effects: Effect[] = [];
  for (const write of log.writes) effects.push(cutDisk.effectOf(write, await readWritten(file, write)));
  return { log, effects, cuts: judgeLog(log, effects, cutDisk) };
}
