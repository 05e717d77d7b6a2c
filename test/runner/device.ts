import { ALL_PROGRAMS, installMissingPrograms } from '../programs/debian.ts';
import { runSteps, tests } from './steps.ts';

/** Seven images that do not work, each with its boots and its way back, on a machine that is busy. */
const FILE_TIME_LIMIT_MS = 3_600_000;
/** A device under QEMU takes one core, and waits for its polls half of the time. */
const PROCESSES = 2;
/** Of the environment, on which the boot script and its model must agree; the usual tests try fewer. */
const BOOT_STATES = 1500;

const said = await installMissingPrograms(ALL_PROGRAMS);
if (said !== undefined) console.log(said);
process.env['UPDRAFT_BOOT_STATES'] ??= String(BOOT_STATES);
const files = ['test/reference-device/**/*.test.ts'];
await runSteps([tests('the reference device', files, { concurrency: PROCESSES, timeoutMs: FILE_TIME_LIMIT_MS })]);
