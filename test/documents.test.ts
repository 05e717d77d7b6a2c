import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { madePages } from '../docs/make/pages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const SCREEN_LINES = 60;

for (const [path, make] of Object.entries(madePages)) {
  test(`${path} is what the code says (npm run docs)`, () => {
    assert.equal(readFileSync(join(root, path), 'utf8'), make());
  });
}

test('the README is one screen', () => {
  assert.ok(readFileSync(join(root, 'README.md'), 'utf8').split('\n').length <= SCREEN_LINES);
});

test('every link between our pages leads somewhere', () => {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => join('docs', file));
  const pages = ['README.md', 'CHANGELOG.md', ...docs].filter((file) => file.endsWith('.md'));
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map((match) => join(dirname(page), match[1] ?? ''))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page} → ${target}`),
  );
  assert.deepEqual(broken, []);
});
