import { open, rm } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { REPORT_FILE_FORMATS, type ReportFileFormat } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { writingError } from '../local-file.ts';
import { countOption } from '../option-values.ts';
import { bytesText } from '../output/figures.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';

type ReportOptions = { readonly output: string; readonly format: ReportFileFormat; readonly attempt?: number };

/** `updraft assignment reports` */
export function reportsCommand(shell: Shell): Command {
  const command = new Command('reports')
    .summary('save all that the device reported as a file')
    .argument('<number>', 'the number of the assignment', numberArgument)
    .requiredOption('--output <file>', 'the file, which must not exist yet')
    .addOption(
      new Option('--format <format>', 'one JSON document a line, or lines for people')
        .choices(REPORT_FILE_FORMATS)
        .default('text'),
    )
    .option('--attempt <n>', 'only what was said of this try; 1 is the first', countOption)
    .action(async (number: number, options: ReportOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const query = new URLSearchParams({ format: options.format });
      if (options.attempt !== undefined) query.set('attempt', String(options.attempt));
      const answer = await api.open(`/assignments/${number}/reports/file?${query.toString()}`);
      const bytes = await save(options.output, answer);
      print.show({ file: options.output, bytes }, () => [`Saved ${bytesText(bytes)} to ${options.output}.`]);
    });
  return withExamples(command, ['updraft assignment reports 17 --output gw-1.txt']);
}

export function numberArgument(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('Expected the number of an assignment.');
  return Number(text);
}

/** Tells the bytes; a file that was cut off does not stay. */
async function save(file: string, answer: Response): Promise<number> {
  const handle = await open(file, 'wx').catch((error: unknown) => {
    throw writingError(file, error);
  });
  let bytes = 0;
  try {
    for await (const piece of answer.body ?? []) {
      await handle.writeFile(piece);
      bytes += piece.length;
    }
    await handle.close();
    return bytes;
  } catch (error) {
    await handle.close();
    await rm(file);
    throw writingError(file, error);
  }
}
