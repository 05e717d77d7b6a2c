import { CliError } from './cli-error.ts';

/** What the exit status of every command means. Frozen: scripts test for these. */
export const EXIT_CODES = {
  done: { status: 0, meaning: 'done, or good' },
  refused: {
    status: 1,
    meaning: 'refused by the server or by a check; or a watched rollout ended without success on every device',
  },
  usage: { status: 2, meaning: 'wrong use: an option, an argument or a local file that cannot be used' },
  denied: { status: 3, meaning: 'not logged in, or not permitted' },
  missing: { status: 4, meaning: 'there is no such thing' },
  unreachable: { status: 5, meaning: 'the server cannot be reached, or is in trouble; trying again later may help' },
  conflict: {
    status: 6,
    meaning: 'the present state does not allow it: a name is taken, something ended or changed meanwhile',
  },
  stopped: { status: 7, meaning: 'the watched rollout was stopped' },
  defect: { status: 70, meaning: 'a defect in updraft itself' },
  interrupted: { status: 130, meaning: 'interrupted by Ctrl-C' },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type Exit = keyof typeof EXIT_CODES;

/** How a failure is told: by its exit status, its code for programs and its sentence for people. */
export type Failure = {
  readonly exit: Exit;
  readonly code: string;
  readonly message: string;
  readonly status?: number;
  readonly reason?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
};

/** Sorts what a command threw. The API's errors are known by their shape, so that commands without a server need not load it. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof CliError) return { exit: error.exit, code: error.code, message: error.message };
  if (!(error instanceof Error)) return { exit: 'defect', code: 'defect', message: String(error) };
  if (error.name === 'AbortError') return { exit: 'interrupted', code: 'interrupted', message: 'Interrupted.' };
  if (isApiProblem(error)) return problemFailure(error);
  if (error.name === 'ApiFailure' && 'code' in error) return apiFailure(error.message, String(error.code));
  return {
    exit: 'defect',
    code: 'defect',
    message: `${error.name}: ${error.message}; this is a defect, please report it${frameOf(error)}.`,
  };
}

type ProblemShape = Error & {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: string | undefined;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
};

function isApiProblem(error: Error): error is ProblemShape {
  return error.name === 'ApiProblem' && 'status' in error;
}

function problemFailure(problem: ProblemShape): Failure {
  const message =
    problem.code === 'not-authenticated'
      ? `${problem.detail} Log in with "updraft login", or set UPDRAFT_TOKEN.`
      : problem.detail;
  // What this server does not know at all is no missing thing: it is of another version, or no Updraft server.
  const isUnknown = problem.code === 'route-unknown' || problem.code === 'method-not-allowed';
  return {
    exit: isUnknown ? 'unreachable' : exitOfStatus(problem.status),
    code: problem.code,
    message,
    status: problem.status,
    ...(problem.reason === undefined ? {} : { reason: problem.reason }),
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
  };
}

function exitOfStatus(status: number): Exit {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404 || status === 410) return 'missing';
  if (status === 409 || status === 412) return 'conflict';
  return status >= 500 ? 'unreachable' : 'refused';
}

function apiFailure(message: string, code: string): Failure {
  return { exit: code === 'name-not-addressable' ? 'usage' : 'unreachable', code, message };
}

/** Where the error was made: enough for a report, without a stack trace for people who cannot use one. */
function frameOf(error: Error): string {
  const frame = /\n\s+at (.+)/.exec(error.stack ?? '')?.[1];
  return frame === undefined ? '' : ` with "${frame}"`;
}
