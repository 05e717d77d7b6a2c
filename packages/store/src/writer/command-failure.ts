import { CommandFailed } from '../command.ts';
import { failureCode } from '../database/store-error.ts';

const MAX_CAUSES = 5;

/** A command's error as plain data, so that it crosses threads with its code, stack and causes. */
export type CommandFailure = {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: CommandFailure | null;
};

export function failureOf(error: unknown, depth = 0): CommandFailure {
  if (!(error instanceof Error))
    return { code: failureCode(error), name: 'Error', message: String(error), stack: undefined, cause: null };
  const { name, message, stack, cause } = error;
  const inner = cause === undefined || depth >= MAX_CAUSES ? null : failureOf(cause, depth + 1);
  return { code: failureCode(error), name, message, stack, cause: inner };
}

export function toCommandFailed(command: string, failure: CommandFailure): CommandFailed {
  return new CommandFailed(command, failure.code, toError(failure));
}

export function toError(failure: CommandFailure): Error {
  const error = new Error(failure.message, failure.cause === null ? {} : { cause: toError(failure.cause) });
  error.name = failure.name;
  if (failure.stack !== undefined) error.stack = failure.stack;
  return Object.assign(error, { code: failure.code });
}
