import { CommanderError } from 'commander';
import { EXIT_CODES, failureFrom } from './exit-codes.ts';
import type { Failure } from './exit-codes.ts';
import { ExitStatus } from './exit-status.ts';
import { painterFor } from './output/style.ts';
import { writeLines } from './output/printer.ts';
import { harmless } from './output/text-width.ts';
import { updraftProgram } from './program.ts';
import type { Shell } from './shell.ts';

/** Runs one command line (without the program's name) and returns its exit status. Never throws. */
export async function run(argv: readonly string[], shell: Shell): Promise<number> {
  try {
    const program = await updraftProgram(shell, operands(argv)[0]);
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT_CODES.done.status;
  } catch (error) {
    if (error instanceof ExitStatus) return error.status;
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done.status;
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT_CODES.usage.status;
    const failure =
      error instanceof CommanderError ? usageFailure(error, await helpOn(argv, shell)) : failureFrom(error);
    tell(failure, shell, argv.includes('--json'));
    return EXIT_CODES[failure.exit].status;
  }
}

const OPTIONS_WITH_VALUE = new Set(['--server', '--ca']);

/** The words that are neither options nor the values of those that every command takes; the first is the command. */
function operands(argv: readonly string[]): string[] {
  return argv.filter((word, at) => !word.startsWith('-') && !OPTIONS_WITH_VALUE.has(argv[at - 1] ?? ''));
}

/** The command line that shows the help page nearest to what was meant. */
async function helpOn(argv: readonly string[], shell: Shell): Promise<string> {
  const [first, second] = operands(argv);
  const command = (await updraftProgram(shell, first)).commands.find((one) => one.name() === first);
  if (command === undefined) return 'updraft help';
  const sub = command.commands.find((one) => one.name() === second);
  return ['updraft', command.name(), ...(sub === undefined ? [] : [sub.name()]), '--help'].join(' ');
}

function usageFailure(error: CommanderError, help: string): Failure {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\.?$/, '')
    .replaceAll('\n', ' ');
  return { exit: 'usage', code: 'usage', message: `${message}; see "${help}".` };
}

/** What stands before a sentence that was said already. */
function unsaid(message: string, said: string): string {
  return message.endsWith(`: ${said}`) ? message.slice(0, -said.length - ': '.length) : message;
}

function tell(failure: Failure, shell: Shell, isJson: boolean): void {
  const { exit, ...rest } = failure;
  if (isJson) return writeLines(shell.stderr, [JSON.stringify({ ...rest, exitCode: EXIT_CODES[exit].status })]);
  const paint = painterFor(shell.stderr, shell.env);
  const reason = failure.reason === undefined ? '' : `, ${failure.reason}`;
  writeLines(shell.stderr, [
    `${paint('red', 'updraft:')} ${harmless(failure.message)} ${paint('dim', `(${failure.code}${reason})`)}`,
    ...(failure.errors ?? [])
      .filter((one) => !failure.message.includes(one.message))
      .map(({ path, message }) => `  ${harmless(path)}: ${harmless(unsaid(message, failure.message))}`),
  ]);
}
