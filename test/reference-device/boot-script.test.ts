import { test } from 'node:test';
import { assertAgreement } from './boot-agreement.ts';
import { BOOT_PROGRAMS, runBootScript } from './boot-lab.ts';
import { programsOrSkip } from '../programs/debian.ts';
import { bootStates } from './boot-states.ts';

/** U-Boot takes some 20 ms for a state; the long run of the reference device asks for more of them. */
const STATES = Number(process.env['UPDRAFT_BOOT_STATES'] ?? '60');

test('the boot script does in U-Boot what its model says, for every state of the environment that was drawn', async (t) => {
  const programs = programsOrSkip(t, BOOT_PROGRAMS);
  if (programs === undefined) return;
  const states = bootStates(STATES);
  assertAgreement(states, await runBootScript(programs, states));
});
