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
    const program = await updraftProgram(shell, commandWord(argv));
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT_CODES.done.status;
  } catch (error) {
    if (error instanceof ExitStatus) return error.status;
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done.status;
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT_CODES.usage.status;
    const failure = error instanceof CommanderError ? usageFailure(error, argv) : failureFrom(error);
    tell(failure, shell, argv.includes('--json'));
    return EXIT_CODES[failure.exit].status;
  }
}

const OPTIONS_WITH_VALUE = new Set(['--server', '--ca']);

/** The first word that is neither an option nor the value of one: the command. */
function commandWord(argv: readonly string[]): string | undefined {
  return argv.find((word, at) => !word.startsWith('-') && !OPTIONS_WITH_VALUE.has(argv[at - 1] ?? ''));
}

function usageFailure(error: CommanderError, argv: readonly string[]): Failure {
  const word = commandWord(argv);
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\.?$/, '')
    .replaceAll('\n', ' ');
  return {
    exit: 'usage',
    code: 'usage',
    message: `${message}; see "updraft ${error.message.includes(`unknown command '${word}'`) || word === undefined ? 'help' : `${word} --help`}".`,
  };
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
      .map(({ path, message }) => `  ${harmless(path)}: ${harmless(message)}`),
  ]);
}
