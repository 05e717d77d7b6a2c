import { ApiFailure, ApiProblem } from '@updraft/protocols';
import { BuildError } from '../image/build-error.ts';
import { consoleCommand } from './console-command.ts';
import { breakCommand, clockCommand, networkCommand, powerCommand, statusCommand } from './control-commands.ts';
import { DeviceError, EXIT_STATUS } from './device-error.ts';
import { outputOf, type Output } from './output.ts';
import { startCommand, stopCommand } from './start-command.ts';

type Command = (args: readonly string[], output: Output, signal: AbortSignal) => Promise<void>;

/** `updraft device WORD …` for those words that are about devices under QEMU; `--help` is told by the command line. */
const COMMANDS: Readonly<Record<string, Command>> = {
  start: startCommand,
  stop: stopCommand,
  status: statusCommand,
  power: powerCommand,
  network: networkCommand,
  break: breakCommand,
  clock: clockCommand,
  console: (args, _, signal) => consoleCommand(args, signal),
};

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const isJson = words.includes('--json');
  const [word = '', ...args] = words.filter((one) => one !== '--json');
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  try {
    const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
    if (command === undefined) throw new DeviceError('usage', 'usage', `"updraft device ${word}" is not known here.`);
    await command(args, outputOf(isJson), interruption.signal);
    return EXIT_STATUS.done;
  } catch (error) {
    const failure = failureFrom(error);
    const told = { code: failure.code, message: failure.message, exitCode: EXIT_STATUS[failure.exit] };
    process.stderr.write(isJson ? `${JSON.stringify(told)}\n` : `updraft: ${failure.message} (${failure.code})\n`);
    return told.exitCode;
  }
}

/** What is expected to go wrong, as a failure with its status; anything else is thrown on: a defect shows where it was made. */
function failureFrom(error: unknown): Pick<DeviceError, 'exit' | 'code' | 'message'> {
  if (error instanceof DeviceError) return error;
  if (error instanceof BuildError) return { exit: 'refused', code: error.code, message: error.message };
  if (error instanceof ApiProblem) return { exit: exitOfStatus(error.status), code: error.code, message: error.detail };
  if (error instanceof ApiFailure) return { exit: 'unreachable', code: error.code, message: error.message };
  // parseArgs tells of wrong options so.
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    return { exit: 'usage', code: 'usage', message: `${error.message}.` };
  throw error;
}

function exitOfStatus(status: number): DeviceError['exit'] {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404 || status === 410) return 'missing';
  if (status === 409 || status === 412) return 'conflict';
  return status >= 500 ? 'unreachable' : 'refused';
}
