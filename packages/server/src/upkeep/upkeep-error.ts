export type UpkeepErrorCode =
  | 'backup-damaged'
  | 'backup-exists'
  | 'backup-unknown'
  | 'data-dir-not-empty'
  | 'instance-key-differs'
  | 'instance-key-missing'
  | 'object-damaged'
  | 'usage';

/** Why a command on the data of a server ended: a code for scripts, and a sentence that says what to do. */
export class UpkeepError extends Error {
  readonly code: UpkeepErrorCode;
  constructor(code: UpkeepErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UpkeepError';
    this.code = code;
  }
}
