import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FilterFields } from './filter-field.ts';
import { aliased } from './filter-field.ts';
import {
  MAX_FILTER_CHARACTERS,
  MAX_FILTER_COMPARISONS,
  MAX_FILTER_DEPTH,
  MAX_FILTER_VALUES,
  MAX_WILDCARDS_PER_VALUE,
} from './filter-limits.ts';
import type { FilterProblem } from './filter-problem.ts';
import type { FieldReader } from './matches-filter.ts';
import { matchesFilter } from './matches-filter.ts';
import { parseFilter } from './parse-filter.ts';
import { movesWithTime, settleFilter } from './settle-filter.ts';

const fields: FilterFields = {
  name: { type: 'text' },
  id: { type: 'exact' },
  revision: { type: 'number' },
  createdAt: { type: 'instant' },
  enabled: { type: 'flag' },
  state: { type: 'word', words: ['draft', 'published'] },
  attribute: { type: 'text', keyed: true },
  group: { type: 'path' },
  late: { type: 'flag', while: { field: 'createdAt', relation: '<', moment: 'overdue' } },
};

/** 2026-01-31T12:00:00Z, and half an hour before. */
const NOW = Date.UTC(2026, 0, 31, 12);
const MOMENTS = { now: NOW, overdueAt: NOW - 1_800_000 };

type Row = Readonly<Record<string, string | number | readonly (string | number)[]>>;

function matches(filter: string, row: Row): boolean {
  const parsed = parseFilter(filter, fields);
  assert.equal(parsed.outcome, 'parsed', JSON.stringify(parsed));
  const read: FieldReader = (field, key) => {
    const value = row[key === null ? field : `${field}.${key}`];
    return value === undefined ? [] : [value].flat();
  };
  return parsed.outcome === 'parsed' && matchesFilter(settleFilter(parsed.filter, fields, MOMENTS), fields, read);
}

function problemOf(filter: string): FilterProblem {
  const parsed = parseFilter(filter, fields);
  assert.equal(parsed.outcome, 'refused', `"${filter}" was read`);
  return (parsed as Extract<typeof parsed, { outcome: 'refused' }>).problem;
}

test('a blank filter matches everything', () => {
  assert.ok(matches('', {}));
  assert.ok(matches(' \t\n', {}));
});

test('text is compared without regard to case', () => {
  assert.ok(matches('name==GW-01', { name: 'gw-01' }));
  assert.ok(matches('name==ÄÖÜ', { name: 'äöü' }));
  assert.ok(!matches('name==gw', { name: 'gw-01' }));
});

test('a star stands for any text, also for none', () => {
  for (const filter of ['name==gw-*', 'name==*01', 'name==g*0*1', 'name==*', 'name==*gw-01*'])
    assert.ok(matches(filter, { name: 'GW-01' }), filter);
  assert.ok(!matches('name==gw*gw-01', { name: 'gw-01' }));
  assert.ok(!matches('name==a*b*a', { name: 'aba'.slice(0, 2) }));
});

test('an escaped star is a star', () => {
  assert.ok(matches('name==a\\*', { name: 'a*' }));
  assert.ok(!matches('name==a\\*', { name: 'ab' }));
  assert.ok(matches('name=="a\\*b"', { name: 'a*b' }));
});

test('a quoted value holds blanks, signs and quotes', () => {
  assert.ok(matches('name=="a b;c,d(e)"', { name: 'a b;c,d(e)' }));
  assert.ok(matches(`name=='it\\'s'`, { name: `it's` }));
  assert.ok(matches('name=="\\\\"', { name: '\\' }));
  assert.ok(matches('name==""', { name: '' }));
});

test('and binds closer than or; both have two forms', () => {
  const row = { name: 'a', revision: 2 };
  for (const filter of [
    'name==x;revision==9,name==a',
    'name==x and revision==9 or name==a',
    'name==a AND (revision==2 OR name==x)',
    'name==a and(revision==1 or revision==2)',
  ])
    assert.ok(matches(filter, row), filter);
  assert.ok(!matches('name==x;(revision==2,name==a)', row));
});

test('every order has two forms', () => {
  for (const filter of ['revision=lt=3', 'revision<3', 'revision=le=2', 'revision <= 2', 'revision=gt=1', 'revision>1'])
    assert.ok(matches(filter, { revision: 2 }), filter);
  assert.ok(matches('revision=ge=2;revision>=2', { revision: 2 }));
  assert.ok(!matches('revision<2', { revision: 2 }));
});

test('text is ordered by code point', () => {
  assert.ok(matches('name > \uffee', { name: '\u{1f600}' }));
});

test('a list matches one of its values, in which a star is a star', () => {
  assert.ok(matches('name=in=(x, "y", GW-1)', { name: 'gw-1' }));
  assert.ok(!matches('name=out=(x,gw-1)', { name: 'gw-1' }));
  assert.ok(matches('name=in=(x,gw*);name=out=(x,gw-1,g*)', { name: 'gw*' }));
});

test('a field without a value equals nothing, and differs from everything', () => {
  assert.ok(!matches('name==*', {}));
  assert.ok(matches('name!=a', {}));
  assert.ok(matches('name=out=(a,b)', {}));
  assert.ok(!matches('revision<9', {}));
});

test('a map is compared only where the row has the key', () => {
  const row = { 'attribute.version': '2.0', 'attribute.serial number': 'S', 'attribute.empty': '' };
  assert.ok(matches('attribute.version==2.*', row));
  assert.ok(!matches('attribute.version!=2.*', row));
  assert.ok(matches('attribute."serial number"==s', row));
  for (const filter of ['attribute.other!=x', 'attribute.other=out=(x)', 'attribute.other==""', 'attribute.other==*'])
    assert.ok(!matches(filter, row), filter);
  assert.ok(matches('attribute.other=is=null;attribute.version=not=null;attribute.empty==""', row));
  assert.ok(!matches('attribute.Version==2.*', row), 'the key is verbatim');
});

test('=is= and =eq= are ==, =not= and =ne= are !=, but for the bare word null', () => {
  const row = { name: 'a', 'attribute.k': 'null' };
  assert.ok(matches('name=is=A;name=eq=a*;name=not=b;name=ne=b', row));
  assert.ok(matches('createdAt=is=null;createdAt=eq=NULL;name=not=null', row));
  assert.ok(!matches('attribute.k=is=null', row));
  assert.ok(matches('attribute.k=is="null";attribute.k==null', row));
});

test('an empty text is no text: it equals null and no star', () => {
  for (const row of [{}, { name: '' }] as Row[]) {
    assert.ok(matches('name=="";name=is=null;name!=*', row));
    assert.ok(!matches('name!="" or name==* or name<z or name=not=null', row));
  }
  assert.ok(matches('name!="";name==*', { name: 'a' }));
});

test('a set has an element, or has none', () => {
  const row = { name: ['canary', 'lab'] };
  assert.ok(matches('name==canary;name==l*;name!=other;name==*', row));
  assert.ok(!matches('name!=canary or name=out=(lab) or name!=*', row));
});

test('names of fields, words and flags are read in either case', () => {
  assert.ok(matches('NAME==a;Enabled==TRUE;STATE==Draft', { name: 'a', enabled: 1, state: 'draft' }));
});

test('an alias is the field that it stands for', () => {
  const table = aliased(fields, { controllerid: 'name', 'ds.name': 'name', property: 'attribute' });
  const parsed = parseFilter('controllerId==a;ds.name==b;property.K==c', table);
  assert.ok(parsed.outcome === 'parsed' && parsed.filter.type === 'and');
  const named = parsed.filter.terms.map((term) => ('field' in term ? [term.field, term.key] : []));
  assert.deepEqual(named, [
    ['name', null],
    ['name', null],
    ['attribute', 'K'],
  ]);
});

test('a path is compared part by part, with or without its slashes', () => {
  const row = { group: '/Plant/Line1/a' };
  for (const filter of ['group==/plant/line1/a', 'group==plant/line1/a/', 'group==/plant/*', 'group==/plant/line1*'])
    assert.ok(matches(filter, row), filter);
  assert.ok(matches('group==*/a;group==*line1*;group!=/plant', row));
  assert.ok(matches('group==/plant/line1/*', { group: '/plant/line1' }), 'what lies in the group itself');
  assert.ok(!matches('group==/plant/line1/*', { group: '/plant/line10' }));
  assert.ok(matches('group=is=null;group=="";group!=*', { group: '' }));
});

test('placeholders and durations are put in when the filter is evaluated', () => {
  const hour = 3_600_000;
  const row = {
    createdAt: NOW - hour,
    revision: NOW,
    'attribute.until': '2026-02-01T00:00:00Z',
    'attribute.at': String(NOW),
  };
  for (const filter of [
    'createdAt<${NOW}',
    'createdAt<${NOW_TS};createdAt<${OVERDUE_TS};createdAt>=${overdue_ts-PT30M}',
    'createdAt==-PT1H;createdAt==${NOW-PT1H};createdAt>-P1M;createdAt<P1D',
    'revision==${NOW_TS}',
    'attribute.until<${NOW+P1D};attribute.until>${NOW}',
    'attribute.at==${NOW_TS}',
  ])
    assert.ok(matches(filter, row), filter);
  assert.ok(matches('name==$${NOW};name!=${NOW};name!=${unknown}', { name: '${NOW}' }));
});

test('a filter tells whether time alone changes what it matches', () => {
  const moves = (filter: string) => {
    const parsed = parseFilter(filter, fields);
    return parsed.outcome === 'parsed' && movesWithTime(parsed.filter, fields);
  };
  for (const filter of ['createdAt<-P1D', 'name==a,(name==b;createdAt>${NOW})', 'late==true', 'name=in=(a,${NOW_TS})'])
    assert.ok(moves(filter), filter);
  assert.ok(!moves('createdAt<2026-01-01;name==a*,createdAt=is=null'));
});

test('a flag that looks at another field is true while that field stands so', () => {
  for (const [createdAt, late] of [
    [NOW - 1_800_001, true],
    [NOW - 1_800_000, false],
  ] as const) {
    assert.equal(matches('late==true', { createdAt }), late);
    assert.equal(matches('late!=true', { createdAt }), !late);
    assert.equal(matches('late=in=(false)', { createdAt }), !late);
  }
  assert.ok(matches('late==false;late=in=(true,false);late=not=null', {}));
  assert.ok(!matches('late==true or late=out=(true,false) or late=is=null', {}));
});

test('an instant is a time, a date or epoch milliseconds', () => {
  const row = { createdAt: Date.UTC(2026, 0, 31, 12) };
  for (const filter of [
    'createdAt==2026-01-31T12:00:00Z',
    'createdAt==2026-01-31T13:00+01:00',
    'createdAt>2026-01-31',
    `createdAt<=${Date.UTC(2026, 0, 31, 12)}`,
  ])
    assert.ok(matches(filter, row), filter);
});

test('a flag is true or false, a word one of a few', () => {
  assert.ok(matches('enabled==true;state==draft', { enabled: 1, state: 'draft' }));
  assert.ok(matches('enabled==false;state!=draft', { enabled: 0, state: 'published' }));
});

test('a wrong filter says where', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['nme==a', 0],
    ['name=a', 4],
    ['name==a b==c', 8],
    ['name==a;', 8],
    ['(name==a', 8],
    ['name==a)', 7],
    ['name=="a', 6],
    ['name==', 6],
    ['name=in=a', 8],
    ['name=in=(a', 10],
    ['name=like=a', 4],
    ['revision==x', 10],
    ['revision==12345678901234567890', 10],
    ['createdAt==2026-13-01', 11],
    ['enabled==yes', 9],
    ['state==drft', 7],
    ['state<draft', 5],
    ['name<a*', 4],
    ['attribute==x', 0],
    ['attribute.==x', 0],
    ['name==a\\', 8],
    ['createdAt<-P7', 10],
    ['createdAt<P101Y', 10],
    ['name==a${NOW}', 6],
    ['name=is=', 8],
    ['late<true', 4],
    ['name==\u0000', 6],
  ];
  for (const [filter, at] of cases) {
    const problem = problemOf(filter);
    assert.deepEqual({ code: problem.code, at: problem.at }, { code: 'filter-invalid', at }, filter);
  }
});

test('a misspelt field or word brings the nearest to mind', () => {
  assert.match(problemOf('nmae==a').message, /did you mean `name`/);
  assert.match(problemOf('revison==1').message, /did you mean `revision`/);
  assert.match(problemOf('state==publishd').message, /did you mean `published`/);
  assert.match(problemOf('zzzzzz==1').message, /there are `name`/);
  assert.match(problemOf('atribute.serial.no==1').message, /did you mean `attribute.serial.no`/);
  for (const unkeyed of ['attribute', 'attribut', 'attribute.'])
    assert.match(problemOf(`${unkeyed}==1`).message, /did you mean `attribute.KEY`/, unkeyed);
});

test('a name that every object has is no field', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'toString.x'])
    assert.equal(problemOf(`${name}==a`).at, 0);
});

test('limits stop a filter that is too long, too deep or too wide', () => {
  const many = (count: number, text: string, by: string) => Array.from({ length: count }, () => text).join(by);
  assert.equal(problemOf(`name==${'a'.repeat(MAX_FILTER_CHARACTERS)}`).at, MAX_FILTER_CHARACTERS);
  const nested = (depth: number) => `${'('.repeat(depth)}name==a${')'.repeat(depth)}`;
  assert.ok(matches(nested(MAX_FILTER_DEPTH), { name: 'a' }));
  assert.equal(problemOf(nested(MAX_FILTER_DEPTH + 1)).at, MAX_FILTER_DEPTH);
  assert.ok(matches(many(MAX_FILTER_COMPARISONS, 'name==a', ','), { name: 'a' }));
  problemOf(many(MAX_FILTER_COMPARISONS + 1, 'name==a', ','));
  assert.ok(matches(`name=in=(${many(MAX_FILTER_VALUES, 'a', ',')})`, { name: 'a' }));
  problemOf(`name=in=(${many(MAX_FILTER_VALUES + 1, 'a', ',')})`);
  assert.ok(matches(`name==${many(MAX_WILDCARDS_PER_VALUE + 1, 'a', '*')}`, { name: 'a'.repeat(20) }));
  problemOf(`name==${many(MAX_WILDCARDS_PER_VALUE + 2, 'a', '*')}`);
});

test('any text is read or refused at a place inside it', () => {
  const word = fc.constantFrom(
    'name',
    '==',
    '=in=',
    '(',
    ')',
    ';',
    ',',
    ' and ',
    '"',
    "'",
    '\\',
    '*',
    'a',
    'state',
    '.',
    '=',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(word).map((words) => words.join('')),
      ),
      (text) => {
        const parsed = parseFilter(text, fields);
        if (parsed.outcome === 'parsed') return;
        assert.ok(parsed.problem.at >= 0 && parsed.problem.at <= text.length);
      },
    ),
  );
});

test('a value in quotes, its signs escaped, is found again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      fc.pre(!value.includes('\u0000') && value.isWellFormed());
      const quoted = `"${value.replaceAll(/["\\*]/g, '\\$&')}"`;
      assert.ok(matches(`name==${quoted}`, { name: value }));
    }),
  );
});
