import { runSteps, tests } from './steps.ts';

await runSteps([tests('long tests', ['test/long/*.test.ts'], { concurrency: 1 })]);
