import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * `npm run bench -- NAME [OPTION…]`: each `bench/NAME.ts` exports `run(args)`, and a `summary` for the list. A name is one
 * word; a file with a dash in its name is a part of a benchmark, and what several of them use is in `bench/load`.
 * A benchmark prints its figures and, as its last line, one line of JSON. It asserts nothing.
 */
type Bench = { readonly run: (args: readonly string[]) => Promise<void>; readonly summary: string };

const INTERRUPTED = 130;

// An end by way of `exit` takes servers, load generators and temporary folders along.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(INTERRUPTED));

const [name, ...args] = process.argv.slice(2);
const names = (await readdir(import.meta.dirname))
  .filter((file) => /^[a-z]+\.ts$/.test(file) && file !== 'run.ts')
  .map((file) => path.basename(file, '.ts'))
  .toSorted();

if (name !== undefined && names.includes(name)) await (await benchOf(name)).run(args);
else {
  if (name !== undefined) process.stderr.write(`There is no benchmark "${name}".\n`);
  process.stdout.write('npm run bench -- NAME\n');
  for (const known of names) process.stdout.write(`  ${known.padEnd(10)} ${(await benchOf(known)).summary}\n`);
  process.exitCode = name === undefined ? 0 : 2;
}

async function benchOf(name: string): Promise<Bench> {
  const { run, summary = '' } = (await import(
    pathToFileURL(path.join(import.meta.dirname, `${name}.ts`)).href
  )) as Partial<Bench>;
  if (run === undefined) throw new Error(`bench/${name}.ts exports no run()`);
  return { run, summary };
}
