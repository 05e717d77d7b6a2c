import { runSteps, staticSteps, tests } from './steps.ts';

await runSteps([
  ...staticSteps,
  tests('unit tests', ['packages/*/src/**/*.test.ts', 'test/architecture.test.ts', 'test/documents.test.ts']),
]);
