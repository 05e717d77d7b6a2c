import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import launch from '../../../bin/launch.cjs';

/**
 * Runs a script of ours until it has printed `lines` lines and `milliseconds` more, then kills it with -9. Gives the whole
 * lines that it had printed: what it had said before it died.
 */
export async function runAndKill(
  script: URL,
  args: readonly string[],
  until: { readonly lines: number; readonly milliseconds: number },
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [...launch.NODE_FLAGS, script.pathname, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    said.push(line);
    if (said.length === until.lines) timer = setTimeout(() => child.kill('SIGKILL'), until.milliseconds);
  });
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  clearTimeout(timer);
  if (signal !== 'SIGKILL') throw new Error(`the child ended by itself with ${String(code)}`);
  return said;
}
