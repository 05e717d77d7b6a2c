import { startServerProcess } from '@updraft/fleet';
import { apiRoutes } from '@updraft/protocols';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { programsOrSkip } from '../programs/debian.ts';
import { openPage } from './browser.ts';

const TIME_LIMIT_MS = 240_000;

test('the page of the API shows every operation, opens one, and keeps to the width of a phone', async (t) => {
  const programs = programsOrSkip(t, ['chromium']);
  if (programs === undefined) return;
  const dataDir = await mkdtemp(join(tmpdir(), 'updraft-pages-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  await using server = await startServerProcess({ dataDir, signal: AbortSignal.timeout(TIME_LIMIT_MS) });
  await using opened = await openPage(programs.chromium, `${server.url}/api/docs`);
  const { page, complaints } = opened;

  const text = await page.locator('main').innerText();
  for (const { summary } of Object.values(apiRoutes)) assert.ok(text.includes(summary), summary);

  const operation = page.locator('details', { hasText: 'Bring a release to the devices of a filter' }).last();
  assert.equal(await operation.getByText('NewRollout').isVisible(), false);
  await operation.locator('summary').first().click();
  assert.equal(await operation.getByText('NewRollout').isVisible(), true);

  await page.setViewportSize({ width: 380, height: 800 });
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.ok(Number(overflow) <= 0, `${String(overflow)} px wider than the screen`);
  assert.deepEqual(complaints, []);
});
