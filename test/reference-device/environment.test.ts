import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeEnvironment,
  encodeEnvironment,
  type Environment,
  ENVIRONMENT_BYTES,
  ENVIRONMENT_NAMES,
} from '../../reference-device/src/boot/environment.ts';
import { programsOrSkip } from '../programs/debian.ts';
import { mustRun } from '../programs/run-program.ts';

/** Each run starts a program or two. */
const RUNS = 15;

const value = fc.string({ unit: fc.constantFrom(...'abz019:.-_=/#'.split('')), minLength: 1, maxLength: 30 });
const environment = fc.dictionary(fc.constantFrom(...ENVIRONMENT_NAMES), value, { minKeys: 1, noNullPrototype: true });

test('fw_printenv reads what we write, and we read what fw_setenv writes', async (t) => {
  const programs = programsOrSkip(t, ['fw_printenv', 'fw_setenv']);
  if (programs === undefined) return;
  await using folder = await environmentFolder();
  const { sector, config, defaults } = folder;
  await fc.assert(
    fc.asyncProperty(environment, environment, async (ours, theirs) => {
      await writeFile(sector, encodeEnvironment(ours));
      const printed = await mustRun(programs.fw_printenv, ['-c', config, '-f', defaults]);
      assert.deepEqual(printed.trimEnd().split('\n').toSorted(), lines(ours));
      await writeFile(folder.script, `${lines(theirs).join('\n')}\n`);
      await mustRun(programs.fw_setenv, ['-c', config, '-f', defaults, '-s', folder.script]);
      assert.deepEqual(decodeEnvironment(await readFile(sector)), { ...ours, ...theirs });
    }),
    { numRuns: RUNS },
  );
});

test('mkenvimage makes the same sector', async (t) => {
  const programs = programsOrSkip(t, ['mkenvimage']);
  if (programs === undefined) return;
  await using folder = await environmentFolder();
  await fc.assert(
    fc.asyncProperty(environment, async (variables) => {
      const input = `${lines(variables).join('\n')}\n`;
      // Its text has comments, and lines that go on after a backslash.
      fc.pre(!/(^|\n)#/.test(input));
      await writeFile(folder.script, input);
      await mustRun(programs.mkenvimage, ['-s', `${ENVIRONMENT_BYTES}`, '-p', '0', '-o', folder.sector, folder.script]);
      assert.deepEqual(await readFile(folder.sector), encodeEnvironment(variables));
    }),
    { numRuns: RUNS },
  );
});

function lines(variables: Environment): string[] {
  return Object.entries(variables)
    .map(([name, text]) => `${name}=${text}`)
    .toSorted((a, b) => (a.split('=')[0]! < b.split('=')[0]! ? -1 : 1));
}

async function environmentFolder() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'environment-'));
  const at = (name: string) => path.join(folder, name);
  await writeFile(at('fw_env.config'), `${at('env.img')} 0x0 0x${ENVIRONMENT_BYTES.toString(16)}\n`);
  await writeFile(at('defaults'), 'slot=a\n');
  return {
    sector: at('env.img'),
    config: at('fw_env.config'),
    defaults: at('defaults'),
    script: at('script'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
