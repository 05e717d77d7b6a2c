/** Exit statuses of every command of updraft; `updraft help exit-codes` lists them. Frozen. */
export const EXIT_STATUS = {
  done: 0,
  refused: 1,
  usage: 2,
  denied: 3,
  missing: 4,
  unreachable: 5,
  conflict: 6,
  interrupted: 130,
} as const;

/** A failure that a command expects; its sentence says what to do next. */
export class DeviceError extends Error {
  readonly exit: keyof typeof EXIT_STATUS;
  readonly code: string;

  constructor(exit: DeviceError['exit'], code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DeviceError';
    this.exit = exit;
    this.code = code;
  }
}
