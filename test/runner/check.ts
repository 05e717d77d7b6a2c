import { pureTests, runSteps, runTogether, staticSteps } from './steps.ts';

const unit = pureTests('unit tests', [
  '{packages/*,reference-device}/src/**/*.test.ts',
  'test/architecture.test.ts',
  'test/documents.test.ts',
]);

if (await runTogether(staticSteps)) await runSteps([unit]);
