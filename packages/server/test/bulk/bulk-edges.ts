import fc from 'fast-check';
import assert from 'node:assert/strict';
import { aTemporaryFolder } from '../../../store/test/temporary-folder.ts';
import { aQuietStore } from '../a-quiet-store.ts';
import type { BulkPlan, commands } from './bulk-commands.ts';
import { COURSES, type CourseName } from './courses.ts';

const COMMANDS = new URL('./bulk-commands.ts', import.meta.url);
const MAX_DEVICES = 24;

const courseNames = Object.keys(COURSES) as CourseName[];
const aDevice = fc.record({
  runs: fc.boolean(),
  isInService: fc.constantFrom(true, true, true, false),
  course: fc.constantFrom(...courseNames),
});
const aPlan: fc.Arbitrary<BulkPlan> = fc.record({
  devices: fc.array(aDevice, { maxLength: MAX_DEVICES, size: 'max' }),
  firstPhasePercent: fc.constantFrom(0, 50, 90, 100),
  consent: fc.boolean(),
  paced: fc.boolean(),
  pacedLate: fc.boolean(),
  skips: fc.boolean(),
});

/**
 * What set statements make of a random fleet (its assignments, the places of a pace that comes late, the end of a skipped phase, the leftovers of a stopped
 * rollout) is what core's `decide` makes of each member by itself, and the counters agree with a full look.
 */
export async function bulkEdgesAgree(databaseUrl: string, runs: number, tell?: (told: string) => void): Promise<void> {
  let run = 0;
  await using folder = await aTemporaryFolder();
  await using stack = new AsyncDisposableStack();
  const store = await aQuietStore<typeof commands>({
    databaseUrl,
    dataDir: folder.path,
    commandsModule: COMMANDS,
  });
  stack.defer(() => store.close());
  await fc.assert(
    fc.asyncProperty(aPlan, async (plan) => {
      tell?.(`fleet ${(run += 1)} of ${runs} (${databaseUrl.split(':')[0]})`);
      const { rollout, materialised, placed, skipped, closed, counts } = await store.commands.run('bulk.try', plan);
      assert.equal(materialised.stored.length, plan.devices.filter(({ isInService }) => isInService).length);
      for (const { stored, decided } of [materialised, placed, skipped, closed]) assert.deepEqual(stored, decided);
      const { counted, held } = await store.commands.run('bulk.places', { rollout });
      assert.equal(counted, held);
      for (const { kept, found } of counts) assert.deepEqual(kept, found);
    }),
    { numRuns: runs },
  );
}
