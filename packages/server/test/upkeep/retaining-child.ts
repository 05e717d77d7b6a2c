import { openStore } from '@updraft/store';
import { createRetention } from '../../src/jobs/retention.ts';
import type { Commands } from '../../src/use-cases/commands.ts';

/** Removes what is kept no longer, and prints a line for each slice. */
async function main(databaseUrl: string, dataDir: string): Promise<void> {
  const store = await openStore<Commands>({
    databaseUrl,
    dataDir,
    commandsModule: new URL('../../src/use-cases/commands.ts', import.meta.url),
    onFatal: (error) => {
      throw error;
    },
    log: { warn: () => undefined, error: () => undefined },
  });
  await createRetention(store, (removed) => process.stdout.write(`${JSON.stringify(removed)}\n`)).apply(
    new AbortController().signal,
  );
  await store.close();
}

await main(process.argv[2] ?? '', process.argv[3] ?? '');
