import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastingPort } from '../programs/lasting-port.ts';
import { blocksOf, type GuideBlock } from './guide-script.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const GUIDE_PORT = '8080';
const STOP_GRACE_MS = 5000;
const OUTPUT_WAIT_MS = 120_000;

/** Words that tell that a program in a terminal of its own is up. */
const READY = /listens on|entering suricatta main loop|devices joined/;

/**
 * Follows a guide as a reader would: an empty home, the checkout as the working folder, one shell, and a terminal more for
 * each program that keeps running. The guide's port is exchanged for a free one. Returns what the reader's shell showed;
 * throws with it where a command fails.
 */
export async function follow(guide: string, timeLimitMs: number): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'updraft-guide-'));
  const port = await lastingPort();
  const text = (await readFile(join(checkout, guide), 'utf8')).replaceAll(`:${GUIDE_PORT}`, `:${port}`);
  const terminals: ChildProcess[] = [];
  const shell = openShell(home, 'bash');
  try {
    for (const block of blocksOf(text)) {
      if (block.terminal === 'main') await type(shell, block, timeLimitMs);
      else terminals.push(await openTerminal(home, block));
    }
    return shell.shown.join('');
  } finally {
    for (const child of [shell.child, ...terminals]) await end(child);
    await rm(home, { recursive: true, force: true });
  }
}

type Shell = { readonly child: ChildProcess; readonly shown: string[] };

function openShell(home: string, command: string, args: readonly string[] = []): Shell {
  const environment = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('UPDRAFT_') && !name.startsWith('XDG_'),
  );
  const child = spawn(command, args, {
    cwd: checkout,
    env: { ...Object.fromEntries(environment), HOME: home, NO_COLOR: '1', UPDRAFT_LISTEN: '' } as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const shown: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => shown.push(text));
  return { child, shown };
}

/** Types a block into the reader's shell and waits until it is done; a command that fails ends the guide. */
async function type(shell: Shell, block: GuideBlock, timeLimitMs: number): Promise<void> {
  const mark = `guide-block-done-${shell.shown.length}`;
  shell.child.stdin?.write(`set -euo pipefail\n${block.text}\necho ${mark}\n`);
  await waitFor(shell, new RegExp(mark), { timeLimitMs, block });
}

async function openTerminal(home: string, block: GuideBlock): Promise<ChildProcess> {
  const shell = openShell(home, 'bash', ['-c', `set -euo pipefail\n${block.text}`]);
  await waitFor(shell, READY, { timeLimitMs: OUTPUT_WAIT_MS, block });
  return shell.child;
}

type Waiting = { readonly timeLimitMs: number; readonly block: GuideBlock };

async function waitFor(shell: Shell, words: RegExp, { timeLimitMs, block }: Waiting): Promise<void> {
  const limit = AbortSignal.timeout(timeLimitMs);
  while (!words.test(shell.shown.join(''))) {
    const why = limit.aborted ? `took more than ${timeLimitMs} ms` : ended(shell.child) ? 'ended' : null;
    if (why !== null)
      throw new Error(`the terminal "${block.terminal}" ${why}:\n${block.text}\n--- shown:\n${shell.shown.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends the process group that this terminal started, politely first. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || ended(child)) return;
  const gone = once(child, 'exit');
  process.kill(-child.pid, 'SIGTERM');
  const late = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), STOP_GRACE_MS);
  await gone;
  clearTimeout(late);
}
