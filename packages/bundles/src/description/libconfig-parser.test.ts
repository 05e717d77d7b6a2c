import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BundleError } from '../bundle-problem.ts';
import { parseLibconfig } from './libconfig-parser.ts';
import { plainSetting } from '../../test/plain-setting.ts';

const parse = (text: string): unknown => plainSetting(parseLibconfig(Buffer.from(text)));

/** What libconfig 1.5 itself answered for these texts. */
const ACCEPTED: readonly (readonly [string, unknown])[] = [
  ['', {}],
  ['a="x" # c\n', { a: 'x' }],
  ['a="x" /* c', { a: 'x' }],
  ['a="x"; "zz', { a: 'x' }],
  ['a="x" "y"\n  "z"', { a: 'xyz' }],
  ['a="\\x41\\q\\n\\a"', { a: 'A\\q\n\\a' }],
  ['a="q\\x4"', { a: 'q\\x4' }],
  ['a="\\x00z" "w"', { a: 'zw' }],
  ['a="a\nb"', { a: 'a\nb' }],
  ['a="x\\"y"', { a: 'x"y' }],
  ['a="\\xc3\\xa9é"', { a: 'éé' }],
  ['*a-b=1', { '*a-b': 1 }],
  ['b=.', { b: 0 }],
  ['b={};a="x"', { b: {}, a: 'x' }],
  ['b=0x1F c=10L, d=-5; e=+7 f=1.5e3', { b: 31, c: 10, d: -5, e: 7, f: 1500 }],
  ['b=tRue', { b: true }],
  ['b=([1],{a=1;},(2))', { b: [[1], { a: 1 }, [2]] }],
  ['a : 1 // to the end\n', { a: 1 }],
];

const REFUSED = [
  'a="x" # c',
  'a="x" // c',
  'b=(1,2,)',
  'b=[1,2,]',
  'b=[1,2L]',
  'b=[1,"a"]',
  'a="x"\v',
  'a="x"; a="y"',
  'b=1.5e',
  'b=trueish',
  'b=[{}]',
  'b=[[1]]',
  ';a=1',
  'a="x";;',
  'a= "\\',
  'a="x\\',
  'a',
  'a=',
  'a=(',
  'a={',
  '{',
  '"a"=1',
  'a=[1;2]',
  'a = x',
  '\0',
];

for (const [text, value] of ACCEPTED) {
  test(`libconfig reads ${JSON.stringify(text)}`, () => assert.deepEqual(parse(text), value));
}

for (const text of REFUSED) {
  test(`libconfig refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parse(text),
      (error) => error instanceof BundleError && error.code === 'description-syntax',
    );
  });
}

test('an include is refused by its own code', () => {
  assert.throws(
    () => parse('a = 1;\n  @include "/etc/passwd"\n'),
    (error) => error instanceof BundleError && error.code === 'description-include',
  );
});

const TIMES_AS_LONG = 16;

test('a long description on one line takes no more time than its length asks for', () => {
  const [short, long] = [10_000, 10_000 * TIMES_AS_LONG].map((count) => Buffer.from(`x = ${'"a" '.repeat(count)};`));
  const ratio = cpuOf(1, long) / cpuOf(TIMES_AS_LONG, short);
  // Were it quadratic, the long one would take as many times more.
  assert.ok(ratio < TIMES_AS_LONG / 2, `as much text took ${ratio.toFixed(1)} times the CPU on one line`);
});

/** Of the fastest of three, in µs of this thread: by the clock, what else the machine does would count as well. */
function cpuOf(parses: number, text: Buffer | undefined): number {
  const used = [0, 1, 2].map(() => {
    const start = process.threadCpuUsage();
    for (let parse = 0; parse < parses; parse += 1) parseLibconfig(text ?? Buffer.alloc(0));
    const { user, system } = process.threadCpuUsage(start);
    return user + system;
  });
  return Math.min(...used);
}
