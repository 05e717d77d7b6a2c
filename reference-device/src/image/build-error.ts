/** Why an image could not be built. The message says what to do about it. */
export type BuildErrorCode =
  | 'usage'
  | 'program-missing'
  | 'program-failed'
  | 'network-unreachable'
  | 'checksum-differs'
  | 'package-missing'
  | 'packages-lock-unreadable'
  | 'file-missing'
  | 'image-too-large';

export class BuildError extends Error {
  readonly code: BuildErrorCode;
  constructor(code: BuildErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BuildError';
    this.code = code;
  }
}
