import { ownClusterOrSkip, SHARED_CLUSTER } from '../../packages/store/test/postgres-cluster.ts';
import { installMissingPrograms } from '../programs/debian.ts';
import { pureTests, runSteps, staticSteps, tests } from './steps.ts';

/** Files. More than the cores of a small machine: journeys mostly wait. */
const AT_ONCE = 3;

const said = await installMissingPrograms(['swupdate', 'fw_printenv', 'openssl', 'cpio', 'curl', 'initdb', 'chromium']);
if (said !== undefined) console.log(said);

// Without PostgreSQL's programs each of its tests says so itself.
await using cluster = await ownClusterOrSkip({ skip: () => undefined });
if (cluster !== undefined) process.env[SHARED_CLUSTER] = cluster.url;

await runSteps([
  ...staticSteps,
  pureTests('pure tests', ['packages/*/src/**/*.test.ts']),
  tests(
    'tests',
    [
      'packages/*/test/**/*.test.ts',
      'test/*.test.ts',
      'test/{devices,programs,guides,journeys,pages,simulation}/**/*.test.ts',
    ],
    AT_ONCE,
  ),
]);
