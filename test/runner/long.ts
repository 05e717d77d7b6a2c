import { ALL_PROGRAMS, installMissingPrograms } from '../programs/debian.ts';
import { runSteps, tests } from './steps.ts';

const said = await installMissingPrograms(ALL_PROGRAMS);
if (said !== undefined) console.log(said);
await runSteps([tests('long tests', ['test/long/*.test.ts'], { concurrency: 1 })]);
