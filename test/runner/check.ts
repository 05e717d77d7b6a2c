import { pureTests, runSteps, staticSteps } from './steps.ts';

await runSteps([
  ...staticSteps,
  pureTests('unit tests', [
    '{packages/*,reference-device}/src/**/*.test.ts',
    'test/architecture.test.ts',
    'test/documents.test.ts',
  ]),
]);
