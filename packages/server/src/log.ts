import { type DestinationStream, type Logger, pino } from 'pino';

/** Logs to stderr: JSON lines, or lines for people where that is a terminal. stdout belongs to what was asked for. */
export function createLog(): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  const redact = { paths: ['*.authorization', '*.headers.authorization'], censor: '(not shown)' };
  const options = { base: null, redact, timestamp: pino.stdTimeFunctions.isoTime };
  return process.stderr.isTTY ? pino(options, forPeople(destination)) : pino(options, destination);
}

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

function forPeople(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(readable(line)) };
}

function readable(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const details = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  const stack = typeof err === 'object' && err !== null && 'stack' in err ? `\n${String(err.stack)}` : '';
  return `${clock} ${LEVELS[Number(level)] ?? ''} ${typeof msg === 'string' ? msg : ''}${details.join('')}${stack}\n`;
}
