import { pureTests, runSteps, staticSteps } from './steps.ts';

await runSteps([
  ...staticSteps,
  pureTests('unit tests', ['packages/*/src/**/*.test.ts', 'test/architecture.test.ts', 'test/documents.test.ts']),
]);
