export * from './command.ts';
export * from './schema.ts';
