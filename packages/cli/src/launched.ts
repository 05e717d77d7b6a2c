import { Command } from 'commander';
import { usageError } from './cli-error.ts';

/** The help of a program that the launcher starts in place of this one; nothing else of it ever gets here. */
export function launched(
  name: string,
  { summary, description }: { readonly summary: string; readonly description: string },
) {
  return new Command(name)
    .summary(summary)
    .description(description)
    .action(() => {
      throw usageError(
        'launcher-needed',
        `"updraft ${name}" is started by bin/updraft, not by the command line's own main file.`,
      );
    });
}
