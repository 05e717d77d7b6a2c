import { openStore } from '../../src/store.ts';
import type { commands } from './trial-commands.ts';
import { COMMANDS_MODULE } from '../store-under-test.ts';

const IN_FLIGHT = 20;

/** Adds tenants until it is killed, and prints the name of each that was answered. */
async function main(databaseUrl: string, dataDir: string): Promise<void> {
  const store = await openStore<typeof commands>({
    databaseUrl,
    dataDir,
    commandsModule: COMMANDS_MODULE,
    onFatal: (error) => {
      throw error;
    },
    log: { warn: () => undefined, error: () => undefined },
  });
  const write = async (writer: number): Promise<never> => {
    for (let at = 0; ; at += 1) {
      const name = `${process.pid}-${writer}-${at}`;
      const tenant = await store.commands.run('tenant.add', { name });
      await store.commands.run('event.append', { tenant, name });
      process.stdout.write(`${name}\n`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, writer) => write(writer)));
}

await main(process.argv[2] ?? '', process.argv[3] ?? '');
