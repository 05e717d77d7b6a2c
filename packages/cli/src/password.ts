import type { Command } from 'commander';
import { usageError } from './cli-error.ts';
import type { Shell } from './shell.ts';

export type PasswordOptions = { readonly passwordStdin?: boolean };

const MAX_SECRET_BYTES = 4_096;
const ENTER = new Set(['\r', '\n']);
const ERASE = new Set(['\u007f', '\b']);
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';

export function passwordOption(command: Command): Command {
  return command.option('--password-stdin', 'read the password from standard input');
}

/** A password that is being set: asked twice, or read from standard input. */
export async function newPassword(shell: Shell, options: PasswordOptions): Promise<string> {
  if (options.passwordStdin === true) return readSecret(shell);
  const first = await askSecret(shell, 'Password: ');
  if ((await askSecret(shell, 'Again: ')) !== first)
    throw usageError('passwords-differ', 'The two passwords differ; nothing was done.');
  return first;
}

/** The first line of standard input: a secret that another program hands over. */
export async function readSecret(shell: Shell): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of shell.stdin) {
    const part = Buffer.from(chunk as Uint8Array | string);
    bytes += part.length;
    if (bytes > MAX_SECRET_BYTES)
      throw usageError(
        'secret-too-long',
        `Standard input holds more than ${MAX_SECRET_BYTES} bytes; that is no secret.`,
      );
    chunks.push(part);
  }
  const secret = Buffer.concat(chunks).toString('utf8').split(/\r?\n/)[0] ?? '';
  if (secret === '') throw usageError('secret-missing', 'Standard input is empty; the secret was expected there.');
  return secret;
}

/** Asks on the terminal without echo. Without a terminal there is nobody to ask. */
export async function askSecret(shell: Shell, question: string): Promise<string> {
  const { stdin, stderr } = shell;
  if (stdin.isTTY !== true || stdin.setRawMode === undefined)
    throw usageError('no-terminal', 'There is no terminal to ask on; use --password-stdin.');
  stderr.write(question);
  stdin.setRawMode(true);
  try {
    return await typedLine(stdin, shell.signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** Asks for a line with echo. */
export async function askLine(shell: Shell, question: string): Promise<string> {
  const { stdin, stderr } = shell;
  if (stdin.isTTY !== true) throw usageError('no-terminal', 'There is no terminal to ask on; use --user.');
  stderr.write(question);
  try {
    return (await typedLine(stdin, shell.signal)).trim();
  } finally {
    stdin.pause();
  }
}

/** Collects what is typed up to Enter. In raw mode the editing keys and Ctrl-C arrive as characters. */
async function typedLine(stdin: Shell['stdin'], signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let line = '';
  const aborted = () => reject(new DOMException('Interrupted', 'AbortError'));
  const onData = (chunk: Uint8Array | string) => {
    for (const key of chunk.toString()) {
      if (ENTER.has(key)) resolve(line);
      else if (key === CTRL_C || key === CTRL_D) aborted();
      else line = key === CTRL_U ? '' : ERASE.has(key) ? line.replace(/.$/su, '') : line + key;
    }
  };
  stdin.on('data', onData);
  stdin.once('end', aborted);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    stdin.resume();
    return await promise;
  } finally {
    stdin.off('data', onData);
    stdin.off('end', aborted);
    signal.removeEventListener('abort', aborted);
  }
}
