import { globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { shareCluster } from '../../packages/store/test/postgres-cluster.ts';
import { ALL_PROGRAMS, installMissingPrograms } from '../programs/debian.ts';
import { runPool } from './pool.ts';
import { spread } from './spread.ts';
import { buildStep, pureTests, runTogether, staticSteps } from './steps.ts';
import { testFolder } from './test-folder.ts';

/** Processes that run test files. More than the cores of a small machine: journeys mostly wait. */
const PROCESSES = 3;

/** They wait for devices, for other programs and for time to pass. The longest comes first. */
const WAITING = [
  'test/reference-device/good-update.test.ts',
  'test/reference-device/{boot-script,environment,guest-*}.test.ts',
  'test/{journeys,guides,devices,simulation,pages,programs}/**/*.test.ts',
];
/** They keep a core busy. The longest come first, so that none of them is left alone at the end. */
const BUSY = [
  'packages/server/test/{fuzz/fuzz,model-*,uploads-survive}.test.ts',
  'packages/*/test/**/*.test.ts',
  'test/{*,runner/*}.test.ts',
];

const root = fileURLToPath(new URL('../..', import.meta.url));
// Most of it waits for the network.
const installed = installMissingPrograms(ALL_PROGRAMS);
const pure = pureTests('pure tests', ['{packages/*,reference-device}/src/**/*.test.ts']);

// The one process of the pure tests fills what the others leave of the cores.
const isSound = await runTogether([...staticSteps, buildStep, pure]);
const said = await installed;
if (said !== undefined) console.log(said);
if (isSound) {
  await using folder = await testFolder();
  process.env['TMPDIR'] = folder.path;
  // Without PostgreSQL's programs each of its tests says so itself.
  await using _cluster = await shareCluster();
  process.exitCode = await runPool(spread(filesOf(WAITING), filesOf(BUSY)), PROCESSES);
}

/** Each once, in the order of the patterns. */
function filesOf(patterns: readonly string[]): readonly string[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }).toSorted());
  return [...new Set(files)].map((file) => path.join(root, file));
}
