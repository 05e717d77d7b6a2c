import type { Command } from 'commander';
import { printerFor } from './output/printer.ts';
import type { Printer } from './output/printer.ts';
import type { Shell } from './shell.ts';

/** The options that every command takes. */
export type GlobalOptions = { readonly json?: boolean; readonly server?: string; readonly ca?: string };

/** The printer that this call of a command asks for. */
export function printerOf(shell: Shell, command: Command): Printer {
  return printerFor(shell, command.optsWithGlobals<GlobalOptions>().json === true);
}
