export * from './errors.ts';
export * from './route.ts';
export * from './routes.ts';
export * from './search-fields.ts';
export * from './shapes.ts';
export * from './targets.ts';
export * from './target-tags.ts';
export * from './target-types.ts';
