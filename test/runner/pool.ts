import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ROOMY_MEMORY } from './roomy-memory.ts';

const MEMBER = fileURLToPath(new URL('pool-member.ts', import.meta.url));

/** What node's reporter closes with: `ℹ pass 12`. */
const COUNTED = ['tests', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const;

/** A process without files ends by itself, unless one of them left a server or a timer open. */
const LAST_WORDS_MS = 60_000;

type Counts = Record<(typeof COUNTED)[number], number>;

/**
 * Runs test files in a few processes that live as long as there are files: to load and compile the product for each file would cost
 * a third of all. What a file says is printed whole when it ends. A process that dies fails its file, and another takes the rest.
 *
 * @returns exit code: 0 where all passed.
 */
export async function runPool(files: readonly string[], processes: number): Promise<number> {
  const startedAt = performance.now();
  const waiting = [...files];
  const counts: Counts = { tests: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
  const failures: string[] = [];
  const work = async (): Promise<void> => {
    while (waiting.length > 0) failures.push(...(await runMember(waiting, counts)));
  };
  await Promise.all(Array.from({ length: processes }, work));
  for (const name of COUNTED) console.log(`ℹ ${name} ${counts[name]}`);
  console.log(`ℹ duration_ms ${(performance.now() - startedAt).toFixed(0)}`);
  for (const failure of failures) console.log(failure);
  return failures.length === 0 && counts.fail + counts.cancelled === 0 ? 0 : 1;
}

/** One process from its start to its end; what failed in it, in its own words. */
async function runMember(waiting: string[], counts: Counts): Promise<readonly string[]> {
  const member = fork(MEMBER, {
    env: { ...process.env, ...ROOMY_MEMORY },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, '--test-reporter=spec'],
  });
  let current: string | undefined;
  member.on('message', () => {
    current = waiting.shift();
    member.send(current ?? false);
    if (current === undefined) setTimeout(() => member.kill('SIGKILL'), LAST_WORDS_MS).unref();
  });
  const [said, [code, signal]] = await Promise.all([printFiles(member), once(member, 'exit')]);
  const [summary = '', ...failing] = said.closing.split(/^(?=✖ failing tests:)/m);
  for (const name of COUNTED) counts[name] += Number(new RegExp(`^ℹ ${name} (\\d+)$`, 'm').exec(summary)?.[1] ?? 0);
  const isOver = current === undefined && signal === null;
  if (isOver && (code === 0 || failing.length > 0)) return failing;
  counts.fail++;
  const what = current === undefined ? 'some file left something open' : `${current} did not end`;
  return [...failing, `✖ ${what}: its process ended with ${code ?? signal}\n${said.unfinished}`];
}

type Said = { readonly closing: string; readonly unfinished: string };

/** Prints what a member says when a file is closed: by a line that begins with ✔ or ✖. */
async function printFiles(member: ChildProcess): Promise<Said> {
  let file: string[] = [];
  let closing: string[] | null = null;
  for await (const line of createInterface({ input: member.stdout as Readable })) {
    if (line.startsWith('ℹ tests ')) closing = [];
    if (closing !== null) closing.push(line);
    else file.push(line);
    if (closing !== null || !/^[✔✖] /.test(line)) continue;
    console.log(file.join('\n'));
    file = [];
  }
  return { closing: (closing ?? []).join('\n'), unfinished: file.join('\n') };
}
