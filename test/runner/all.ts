import { installMissingPrograms } from '../programs/debian.ts';
import { runSteps, staticSteps, tests } from './steps.ts';

const said = await installMissingPrograms(['swupdate', 'fw_printenv', 'openssl', 'cpio', 'curl', 'initdb', 'chromium']);
if (said !== undefined) console.log(said);

await runSteps([
  ...staticSteps,
  tests('tests', [
    'packages/*/src/**/*.test.ts',
    'packages/*/test/**/*.test.ts',
    'test/*.test.ts',
    'test/{devices,programs,guides,journeys,pages,simulation}/**/*.test.ts',
  ]),
]);
