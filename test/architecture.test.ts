import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packagesFolder = join(root, 'packages');
/** It stands beside the house: a device that speaks to it, and the machine that it runs on. */
const DEVICE = 'reference-device';

/** From the roof down: a room may import only rooms that stand below it. */
const HOUSE = [DEVICE, 'console', 'cli', 'fleet', 'agent', 'server', 'store', 'protocols', 'bundles', 'trust', 'core'];

/** Rooms speak over the network, never by import, where the house draws no arrow. */
const ARROWS: Record<string, readonly string[]> = {
  [DEVICE]: ['protocols', 'bundles'],
  console: ['protocols'],
  cli: ['protocols', 'bundles', 'trust'],
  fleet: ['protocols'],
  agent: ['protocols', 'bundles', 'trust', 'core'],
  server: ['store', 'protocols', 'bundles', 'trust', 'core'],
  store: ['core'],
  protocols: ['core'],
  bundles: ['core'],
  trust: ['core'],
  core: [],
};

type Import = { readonly file: string; readonly from: string };

const rooms = [...readdirSync(packagesFolder), DEVICE];

test('every package stands in the house', () => {
  assert.deepEqual(
    rooms.filter((room) => !HOUSE.includes(room)),
    [],
  );
});

for (const room of rooms) {
  const manifest = JSON.parse(readFileSync(join(folderOf(room), 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  const declared = Object.keys(manifest.dependencies ?? {});
  const imports = importsOf(join(folderOf(room), 'src'));
  const product = imports.filter(({ file }) => !file.endsWith('.test.ts'));

  test(`${room}: its dependencies follow the arrows`, () => {
    const own = declared.filter((name) => name.startsWith('@updraft/')).map((name) => name.slice('@updraft/'.length));
    assert.deepEqual(
      own.filter((name) => !ARROWS[room]?.includes(name)),
      [],
    );
  });

  test(`${room}: what it imports is what its package.json declares`, () => {
    const used = new Set(product.map(({ from }) => packageOf(from)).filter((name) => name !== null));
    assert.deepEqual(
      [...used].filter((name) => !declared.includes(name)),
      [],
      'imported but not declared',
    );
    assert.deepEqual(
      declared.filter((name) => !used.has(name)),
      [],
      'declared but not imported',
    );
  });

  test(`${room}: no import reaches into another package's files`, () => {
    const outside = imports.filter(({ file, from }) => {
      if (!from.startsWith('.')) return false;
      const target = relative(folderOf(room), join(folderOf(room), 'src', file, '..', from));
      return target.startsWith('..');
    });
    assert.deepEqual(outside, []);
  });
}

test('core needs no node: module', () => {
  const imports = importsOf(join(packagesFolder, 'core', 'src')).filter(({ file }) => !file.endsWith('.test.ts'));
  assert.deepEqual(
    imports.filter(({ from }) => from.startsWith('node:')),
    [],
  );
});

test('a door touches neither SQL nor another door', () => {
  const doors = join(packagesFolder, 'server', 'src', 'doors');
  for (const { file, from } of importsOf(doors)) {
    const door = file.split(sep)[0];
    assert.notEqual(from, 'kysely', file);
    const target = from.startsWith('.') ? relative(doors, join(doors, file, '..', from)) : '..';
    assert.ok(target.startsWith('..') || target.split(sep)[0] === door, `${file} imports ${from}`);
  }
});

function folderOf(room: string): string {
  return room === DEVICE ? join(root, room) : join(packagesFolder, room);
}

function importsOf(folder: string): readonly Import[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const found = text.matchAll(
      /(?:^|[\s;}])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm,
    );
    return [...found].map((match) => ({ file, from: match[1] ?? match[2] ?? match[3] ?? '' }));
  });
}

/** The package a specifier belongs to; null for files of our own and for node's modules. */
function packageOf(specifier: string): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return null;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
