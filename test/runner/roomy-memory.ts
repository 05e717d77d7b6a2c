import launch from '../../bin/launch.cjs';

/**
 * A server gives blocks of more than 256 KiB back to the system at once, to stay small. For a process of tests, which starts a hundred
 * servers and hashes a password for each, it is a third of the kernel's work to fill them with pages again and again.
 */
export const ROOMY_MEMORY: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: String(32 * 1024 ** 2),
  MALLOC_TRIM_THRESHOLD_: String(256 * 1024 ** 2),
};

/** glibc has read it when a process begins: programs that this one starts from then on are as small as anybody's. */
export function keepMemoryToOurselves(): void {
  for (const name of Object.keys(ROOMY_MEMORY)) {
    const usual = launch.ENVIRONMENT[name];
    if (usual === undefined) delete process.env[name];
    else process.env[name] = usual;
  }
}
