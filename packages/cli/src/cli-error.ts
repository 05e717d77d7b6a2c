import type { Exit } from './exit-codes.ts';

/** A failure that a command expects, with what to do next in its sentence. */
export class CliError extends Error {
  readonly exit: Exit;
  readonly code: string;

  constructor(exit: Exit, code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CliError';
    this.exit = exit;
    this.code = code;
  }
}

/** Wrong use: an argument, an option or a local file. */
export function usageError(code: string, message: string, cause?: unknown): CliError {
  return new CliError('usage', code, message, cause);
}
