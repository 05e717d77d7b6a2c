import { test } from 'node:test';
import { programsOrSkip } from '../programs/debian.ts';
import { assertAgreement } from './boot-agreement.ts';
import { BOOT_PROGRAMS, runBootScript } from './boot-lab.ts';
import { bootStates } from './boot-states.ts';

/** What the images are is one fact among those of the script, which are tried with many more states. */
const SIGNED_STATES = 20;

test('with a key U-Boot boots signed images alone, and one that was changed counts as not loadable', async (t) => {
  const programs = programsOrSkip(t, BOOT_PROGRAMS);
  if (programs === undefined) return;
  const states = bootStates(SIGNED_STATES);
  assertAgreement(states, await runBootScript(programs, states, 'signed'));
});
