import type { Command, Help } from 'commander';

const INDENT = '    ';
/** Lines of help are no longer than this, whatever the terminal. */
const WIDEST_LINE = 100;

/** A command's help in the order of a man page. */
export function helpPage(command: Command, helper: Help): string {
  const width = Math.min(helper.helpWidth ?? 80, WIDEST_LINE);
  const name = helper.commandUsage(command).split(' [')[0]?.split(' <')[0] ?? command.name();
  const options = helper
    .visibleOptions(command)
    .map((option) => [helper.optionTerm(option), helper.optionDescription(option)] as const);
  const globals = helper
    .visibleGlobalOptions(command)
    .map((option) => [helper.optionTerm(option), helper.optionDescription(option)] as const);
  const args = helper
    .visibleArguments(command)
    .map((argument) => [helper.argumentTerm(argument), helper.argumentDescription(argument)] as const);
  const commands = helper
    .visibleCommands(command)
    .map((sub) => [helper.subcommandTerm(sub), helper.subcommandDescription(sub)] as const);
  const isLeaf = commands.length === 0;
  return [
    ...section('NAME', [`${INDENT}${name} - ${command.summary() || command.description()}`]),
    ...section('SYNOPSIS', [`${INDENT}${helper.commandUsage(command)}`]),
    ...section('DESCRIPTION', paragraphs(command.description(), width)),
    ...section('ARGUMENTS', items(args, width)),
    ...section('COMMANDS', items(commands, width)),
    ...section('OPTIONS', items(options, width)),
    ...section('GLOBAL OPTIONS', items(globals, width)),
    ...(isLeaf ? section('EXIT STATUS', [`${INDENT}0 done; otherwise see "updraft help exit-codes".`]) : []),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines, ''];
}

function paragraphs(text: string, width: number): string[] {
  if (text === '') return [];
  return text
    .split('\n')
    .flatMap((paragraph) =>
      paragraph.startsWith(' ')
        ? [`${INDENT}${paragraph}`]
        : wrapped(paragraph, width - INDENT.length).map((line) => INDENT + line),
    );
}

/** Term and description side by side, or one under the other where the term is long. */
function items(rows: readonly (readonly [string, string])[], width: number): string[] {
  const termWidth = Math.min(32, Math.max(0, ...rows.map(([term]) => term.length)));
  return rows.flatMap(([term, description]) => {
    const lines = wrapped(description, width - INDENT.length - termWidth - 2);
    const hanging = INDENT + ' '.repeat(termWidth + 2);
    if (term.length > termWidth) return [INDENT + term, ...lines.map((line) => hanging + line)];
    return [
      `${INDENT}${term.padEnd(termWidth)}  ${lines[0] ?? ''}`.trimEnd(),
      ...lines.slice(1).map((line) => hanging + line),
    ];
  });
}

/** Breaks at spaces; a word longer than the line stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= Math.max(width, 20))
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Examples at the end of a help page; each is a command and may say why. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('after', `EXAMPLES\n${examples.map((line) => (INDENT + line).trimEnd()).join('\n')}`);
}
