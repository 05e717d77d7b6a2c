import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { programsOrSkip } from '../programs/debian.ts';
import { follow } from './guide-reader.ts';

const GUIDE = 'docs/make-your-own-device.md';
const GUIDE_LIMIT_MS = 240_000;
const CHECKOUT = path.join(import.meta.dirname, '..', '..');

test('making a device of one’s own: its disk, environment, boot script, health check and bundle can be tried', async (t) => {
  if (programsOrSkip(t, ['busybox', 'fw_printenv', 'mkenvimage', 'mkimage', 'openssl', 'sfdisk']) === undefined) return;
  const shown = await follow(GUIDE, GUIDE_LIMIT_MS);
  assert.match(shown, /UPDRAFT roll-back reason=health:modem/);
  assert.match(shown, /UPDRAFT committed slot=b version=2\.0\.0/);
});

test('every line of the checklist has the test that it names', () => {
  const lines = readFileSync(path.join(CHECKOUT, GUIDE), 'utf8').matchAll(
    /^\| .* \| \[(?<name>.+)\]\((?<file>\S+)\) \|$/gm,
  );
  const checks = [...lines].map(({ groups }) => ({ name: groups?.['name'] ?? '', file: groups?.['file'] ?? '' }));
  assert.ok(checks.length >= 10);
  for (const { name, file } of checks) {
    const target = path.join(CHECKOUT, 'docs', file);
    assert.ok(existsSync(target), file);
    assert.ok(readFileSync(target, 'utf8').includes(name), `${file} has no test "${name}"`);
  }
});
