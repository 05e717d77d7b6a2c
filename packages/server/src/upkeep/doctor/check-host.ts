import { statfs } from 'node:fs/promises';
import { MIN_FREE_DISK_MEBIBYTES } from '../../http/health.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const MEBIBYTE = 1024 ** 2;
/** Enough for an artifact and some days of reports. */
const LITTLE_FREE_MEBIBYTES = 1024;

export async function checkDisk(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = Math.floor((bavail * bsize) / MEBIBYTE);
  const fact = `${free} MiB are free in ${dataDir}`;
  if (free < MIN_FREE_DISK_MEBIBYTES)
    return fail('disk', {
      code: 'disk-full',
      fact,
      advice: `The server takes nothing below ${MIN_FREE_DISK_MEBIBYTES} MiB: free some space.`,
    });
  if (free >= LITTLE_FREE_MEBIBYTES) return ok('disk', fact);
  const advice = 'Free some space, or let less be kept: "updraft settings set --help".';
  return warn('disk', { code: 'disk-low', fact, advice });
}
