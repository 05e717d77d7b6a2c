import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { programsOrSkip } from '../programs/debian.ts';
import { DeviceLab } from '../reference-device/device-lab.ts';
import { type BootedCut, bootCuts } from './boot-cuts.ts';
import { cutTable } from './cut-table.ts';
import { judgeRecording } from './judge-recording.ts';
import { recordUpdates } from './record-updates.ts';
import { sampleCuts } from './sample-cuts.ts';

const CUTS_AT_LEAST = 2000;
const BOOTED_AT_LEAST = 40;
const PAGE = new URL('../../docs/power-cuts.md', import.meta.url);
const TABLE = /(?<=<!-- table -->\n)[^]*(?=<!-- end of table -->)/;

test('whenever the power goes during an update, the old version or the new one boots, and the next update is possible', async (t) => {
  const programs = programsOrSkip(t, ['sfdisk']);
  await using lab = await DeviceLab.open(t);
  if (programs === undefined || lab === undefined) return;
  const recording = await recordUpdates(t, lab);
  const { log, effects, cuts } = await judgeRecording(recording, lab.golden.disk, programs.sfdisk);
  assert.deepEqual(
    cuts.filter(({ judgement }) => judgement.verdict !== 'boots'),
    [],
  );
  assert.ok(cuts.length >= CUTS_AT_LEAST, `only ${cuts.length} cuts`);

  const booted: BootedCut[] = [];
  for await (const boot of bootCuts(lab, { log, recording, cuts: sampleCuts(cuts, effects, BOOTED_AT_LEAST) })) {
    const { judgement, point, stage } = boot.cut;
    assert.ok(judgement.verdict === 'boots');
    const { slot, image, trial } = judgement;
    const what = `${point.kind}, ${stage}, after ${point.at} writes`;
    assert.equal(boot.choice, `slot=${slot} trial=${trial ? 1 : 0}`, what);
    assert.equal(boot.running, `slot=${slot} version=${recording.versions[image]}`, what);
    booted.push(boot);
  }
  assert.ok(booted.length >= BOOTED_AT_LEAST, `only ${booted.length} were booted`);

  const table = cutTable(log, cuts, booted);
  console.log(table);
  if (process.env['UPDRAFT_WRITE_DOCS'] === '1')
    await writeFile(PAGE, (await readFile(PAGE, 'utf8')).replace(TABLE, `\n${table}\n`));
});
