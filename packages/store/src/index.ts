export * from './command.ts';
export * from './schema.ts';
export * from './repositories/idempotency-repository.ts';
