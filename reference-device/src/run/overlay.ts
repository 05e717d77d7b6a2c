import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIME_LIMIT_MS = 30_000;

/**
 * Makes a disk that is the golden image until it is written to (qcow2); gives nothing where it is made. The golden image must not
 * change from then on: many disks stand on it.
 */
export async function makeOverlay(file: string, goldenImage: string): Promise<void> {
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', goldenImage, '-F', 'raw', file], {
    timeout: TIME_LIMIT_MS,
  });
}

/** Writes `lengthBytes` times `byte` at an offset of a disk whose machine is off, as a worn-out medium might show it. */
export async function overwriteDisk(
  file: string,
  {
    offsetBytes,
    lengthBytes,
    byte,
  }: { readonly offsetBytes: number; readonly lengthBytes: number; readonly byte: number },
): Promise<void> {
  const command = `write -q -P ${byte} ${offsetBytes} ${lengthBytes}`;
  await run('qemu-io', ['-f', 'qcow2', '-c', command, file], { timeout: TIME_LIMIT_MS });
}
