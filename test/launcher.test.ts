import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node26 = fileURLToPath(new URL('../bin/node26', import.meta.url));
const launch = fileURLToPath(new URL('../bin/launch.cjs', import.meta.url));

/** The Node of the host: what a person's shell finds first. */
const HOST_NODE = 'node';

test('a script runs under the bundled Node, whatever Node started it', (t) => {
  const script = aScript(t, 'console.log(process.versions.node.split(".")[0], typeof Temporal)');
  const run = spawnSync(HOST_NODE, [node26, script], { encoding: 'utf8' });
  assert.equal(run.stdout.trim(), '26 object');
});

test('a module is one, whether it is named by its package or as a file beside another', () => {
  const code = `
    const [byPackage, byFile] = [await import('@updraft/core'), await import('./packages/core/src/index.ts')];
    console.log(byPackage === byFile);`;
  const run = spawnSync(HOST_NODE, [node26, '--input-type=module', '-e', code], { encoding: 'utf8', cwd: root });
  assert.equal(run.stdout.trim(), 'true', run.stderr);
});

test('a file that is not beside the one that names it is told by its name', (t) => {
  const run = spawnSync(HOST_NODE, [node26, aScript(t, "import './nowhere.ts';")], { encoding: 'utf8' });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /nowhere\.ts/);
});

test('the exit code is the script’s own', (t) => {
  assert.equal(spawnSync(HOST_NODE, [node26, aScript(t, 'process.exitCode = 7')]).status, 7);
});

test('a signal reaches the script, and its end is what the shell would show', async (t) => {
  const script = aScript(t, 'console.log("up"); setInterval(() => {}, 1000)');
  const child = spawn(HOST_NODE, [node26, script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 128 + 15);
});

test('a checkout without the bundled Node says what to run', () => {
  const hidden = `
    const Module = require('node:module');
    const real = Module._resolveFilename;
    Module._resolveFilename = function (name, ...rest) {
      if (name.startsWith('node-linux-')) throw new Error('hidden');
      return real.call(this, name, ...rest);
    };
    require(${JSON.stringify(launch)}).run([]);`;
  const missing = spawnSync(HOST_NODE, ['-e', hidden], { encoding: 'utf8' });
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /npm ci/);
});

test('the lock holds every optional package that it names, else npm ci refuses it', () => {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as Lock;
  const missing = Object.entries(lock.packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in lock.packages) && !(`${place}/node_modules/${name}` in lock.packages),
    ),
  );
  assert.deepEqual(missing, []);
});

type Lock = { readonly packages: Record<string, { readonly optionalDependencies?: Record<string, string> }> };

function aScript(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'updraft-launcher-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'script.ts');
  writeFileSync(file, text);
  return file;
}
