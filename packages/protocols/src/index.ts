export * from './api/access.ts';
export * from './api/fleet.ts';
export * from './api/list.ts';
export * from './api/problem.ts';
export * from './api/route.ts';
export * from './api/routes.ts';
export * from './api/software.ts';
