import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** A disk of 48 MiB, in a folder that others may reach where it is told; null (and skipped) where this process may not mount one. */
export async function aSmallDisk(t: TestContext, within = tmpdir()): Promise<string | null> {
  if (process.getuid?.() !== 0) {
    t.skip('a small disk is mounted as root only');
    return null;
  }
  const folder = await mkdtemp(path.join(within, 'updraft-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder]);
  t.after(async () => {
    execFileSync('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true });
  });
  return folder;
}
