import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { openStage, type Frame } from './stage.ts';

const ESCAPE = '\x1b';
const CLEAR_BELOW = `${ESCAPE}[J`;
const upLines = (lines: number): string => `${ESCAPE}[${lines}A`;

const frame = (state: string, seconds = 0): Frame => ({
  headline: `1 ${state}`,
  seconds,
  done: 0,
  total: 1,
  rows: [{ name: 'gw-01', remark: 'has a slow link', state }],
});

test('on a terminal a frame is drawn over the one before', () => {
  const { out, written } = output(true);
  const stage = openStage(out);
  stage.show(frame('offered'));
  stage.show(frame('downloading'));
  assert.ok(written.at(-1)?.startsWith(`${upLines(5)}\r${CLEAR_BELOW}`));
  assert.equal(written.at(-2)?.split('\n').length, 6);
});

test('on a terminal what is said takes the place of the frame, and stays', () => {
  const { out, written } = output(true);
  const stage = openStage(out);
  stage.show(frame('offered'));
  stage.say('said');
  stage.show(frame('offered'));
  assert.equal(written.at(-2), `${upLines(5)}\r${CLEAR_BELOW}said\n`);
  assert.equal(written.at(-1)?.includes(ESCAPE), false);
});

test('no line of a frame is wider than the terminal', () => {
  const { out, written } = output(true, 30);
  openStage(out).show(frame('a-state-with-a-very-long-name-indeed'));
  const lines = stripVTControlCharacters(written.at(-1) ?? '').split('\n');
  assert.ok(lines.every((line) => line.length < 30));
});

test('a terminal gets its cursor back', () => {
  const { out, written } = output(true);
  openStage(out)[Symbol.dispose]();
  assert.deepEqual(written, ['\x1b[?25l', '\x1b[?25h']);
});

test('a log gets a line for each change and no control characters', () => {
  const { out, written } = output(false);
  const stage = openStage(out);
  stage.show(frame('offered'));
  stage.show(frame('offered', 0.2));
  stage.show(frame('succeeded', 0.4));
  stage.settle();
  assert.deepEqual(
    written.map((line) => line.trim()),
    [
      'gw-01 (has a slow link): offered',
      '0.0 s  1 offered',
      'gw-01 (has a slow link): succeeded',
      '0.4 s  1 succeeded',
    ],
  );
  assert.equal(written.join('').includes(ESCAPE), false);
});

function output(isTTY: boolean, columns = 100): { out: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const out = { isTTY, columns, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  return { out, written };
}
