import packageJson from '../package.json' with { type: 'json' };

/** As in exit-codes.ts, which is not loaded for `--version`: interrupted, and a local file that cannot be used. */
const INTERRUPTED_STATUS = 130;
const OUTPUT_LOST_STATUS = 2;

process.stdout.on('error', endWithoutOutput);
const argv = process.argv.slice(2);
if (['--version', '-V'].includes(argv[0] ?? '')) process.stdout.write(`updraft ${packageJson.version}\n`);
else process.exitCode = await main();

async function main(): Promise<number> {
  const [{ run }, { processShell }] = await Promise.all([import('./run.ts'), import('./shell.ts')]);
  const interruption = new AbortController();
  // `on`, not `once`: signal-exit, which comes with tus-js-client, ends the process where it finds no other listener.
  process.on('SIGINT', () => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED_STATUS);
    interruption.abort();
  });
  return run(argv, processShell(interruption.signal));
}

/** A reader that has seen enough ("| head") is no error of ours; a full disk is one of the person's. */
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`updraft: The output cannot be written: ${error.message}. (output-unwritable)\n`);
  process.exit(OUTPUT_LOST_STATUS);
}
