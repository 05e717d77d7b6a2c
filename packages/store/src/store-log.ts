/** Where the store tells what its caller does not hear as an answer. pino fits. */
export interface StoreLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
