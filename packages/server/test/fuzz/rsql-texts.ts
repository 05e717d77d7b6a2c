import fc from 'fast-check';

const OPERATORS = ['==', '!=', '=gt=', '>', '=ge=', '<', '=le=', '=in=', '=out=', '=is=', '=not=', '=li=', '=~', '='];
const VALUES = [
  '*',
  'f*',
  "'a b'",
  '"x"',
  'null',
  'true',
  '1',
  '-1',
  '1e99',
  '0',
  '(1,2,a)',
  '()',
  "''",
  '\\*',
  '%',
  '_',
  '${NOW_TS}',
  '${OVERDUE_TS}',
  '🐝',
  "'",
  'finished',
  'running',
  'in_sync',
  'error',
];
const HAWKBIT_FIELDS = [
  'id',
  'name',
  'controllerId',
  'description',
  'updateStatus',
  'attribute.k1',
  'attribute.',
  'metadata.k1',
  'tag',
  'tag.name',
  'type',
  'type.key',
  'group',
  'createdAt',
  'lastModifiedBy',
  'assignedds.name',
  'installedds.version',
  'status',
  'active',
  'weight',
  'target.controllerId',
  'distributionset.name',
  'rollout.id',
  'module.name',
  'complete',
  'valid',
  'key',
  'nothing',
  '__proto__',
  'lastControllerRequestAt',
  'ipAddress',
  'autoconfirm',
];
const OWN_FIELDS = [
  'name',
  'state',
  'type',
  'tag',
  'group',
  'attribute.k1',
  'metadata.k1',
  'createdAt',
  'lastContactAt',
  'release',
  'version',
  'number',
  'device',
  'kind',
  'online',
  'component.os',
  'nothing',
  'constructor',
];

const PIECES = [
  'a',
  '=',
  '==',
  '(',
  ')',
  ',',
  ';',
  "'",
  '"',
  '\\',
  '*',
  ' ',
  ' or ',
  '\u0001',
  '\ud83d',
  'é',
  '🐝',
  '%',
  '$',
  '{',
  '}',
];

/** Filters of this grammar, right and wrong. */
function filters(fields: readonly string[]): fc.Arbitrary<string> {
  const term = fc
    .tuple(fc.constantFrom(...fields), fc.constantFrom(...OPERATORS), fc.constantFrom(...VALUES))
    .map(([field, operator, value]) => field + operator + value);
  const good = fc.constantFrom('name==*', 'name!=x', 'id==*', "name==f*;name!=''", '(name==a,name==b)');
  return fc.oneof(
    { weight: 12, arbitrary: good },
    { weight: 4, arbitrary: term },
    { weight: 2, arbitrary: fc.array(term, { minLength: 2, maxLength: 5 }).map((terms) => terms.join(';')) },
    { weight: 1, arbitrary: fc.array(term, { minLength: 2, maxLength: 4 }).map((terms) => `(${terms.join(' or ')}`) },
    { weight: 1, arbitrary: fc.nat({ max: 600 }).map((deep) => `${'('.repeat(deep)}name==a${')'.repeat(deep)}`) },
    { weight: 1, arbitrary: fc.string({ maxLength: 60, unit: fc.constantFrom(...PIECES) }) },
  );
}

export const HAWKBIT_FILTERS = filters(HAWKBIT_FIELDS);
export const OWN_FILTERS = filters(OWN_FIELDS);

const ODD_SORTS = ['name', ':', 'x:ASC', 'id:ASC:DESC', 'name:up', '-', '-nothing', 'id:ASC,', '🐝'];

/** What sorts a list, mostly right. */
function sorts(...right: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_SORTS) },
  );
}

export const HAWKBIT_SORTS = sorts('id:ASC', 'ID:desc', 'createdAt:desc,id:ASC');
export const OWN_SORTS = sorts('-createdAt', 'createdAt', 'name');
