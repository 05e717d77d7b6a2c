import { ALL_PROGRAMS, installMissingPrograms } from '../programs/debian.ts';
import { runSteps, tests } from './steps.ts';

/** Two updates and some fifty boots, on a machine that is busy. */
const TIME_LIMIT_MS = 3_600_000;

const said = await installMissingPrograms(ALL_PROGRAMS);
if (said !== undefined) console.log(said);
const files = ['test/power-cuts/*.test.ts'];
await runSteps([tests('power cuts', files, { concurrency: 1, timeoutMs: TIME_LIMIT_MS })]);
