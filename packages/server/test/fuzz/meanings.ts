import fc from 'fast-check';
import type { KnownThings, Place } from './known-things.ts';
import type { Surface } from './operations.ts';
import { HAWKBIT_FILTERS, HAWKBIT_SORTS, OWN_FILTERS, OWN_SORTS } from './rsql-texts.ts';
import type { JsonSchema, Meanings } from './schema-values.ts';

const WORDS = fc.stringMatching(/^[a-z]{3,10}(-[0-9]{1,4})?$/);
const MOMENTS = fc.integer({ min: -3_600_000, max: 86_400_000 }).map((after) => Date.now() + after);

/** What names of properties mean at one address. */
export function meaningsOf(surface: Surface, path: string, known: KnownThings): Meanings {
  const names = { ddi: deviceMeanings, hawkbit: hawkbitMeanings, own: ownMeanings }[surface](known);
  const controllers = ofPlaces(() => known.places('hawkbit', 'targets'), 'controllerId');
  const ids = rowIds(known);
  const listsTargets = /targettags|targetgroups/.test(path);
  return (name, schema) => {
    if (name === '' && schema.type === 'string' && listsTargets) return controllers;
    if (name === '' && schema.type === 'integer') return ids;
    if (name === 'id' && schema.type === 'integer') return ids;
    if (name === 'id' && schema.type === 'string' && surface === 'hawkbit') return controllers;
    const meant = Object.hasOwn(names, name) ? names[name] : undefined;
    return meant === undefined || isMany(schema) ? null : meant;
  };
}

/** Of lists and of choices the inner ones are meant. */
function isMany({ type, anyOf, oneOf }: JsonSchema): boolean {
  return type === 'array' || type === 'object' || anyOf !== undefined || oneOf !== undefined;
}

type Named = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** What a device may say that it runs. */
function deviceMeanings(): Named {
  return { name: fc.constantFrom('system', 'nothing'), version: fc.constantFrom('1.0', '2.0', '3.0') };
}

function hawkbitMeanings(known: KnownThings): Named {
  const controllers = ofPlaces(() => known.places('hawkbit', 'targets'), 'controllerId');
  return {
    q: HAWKBIT_FILTERS,
    query: fc.oneof(fc.constantFrom('name==t-*', 'name==r-*', 'id==*'), HAWKBIT_FILTERS),
    targetFilterQuery: fc.oneof(fc.constantFrom('name==t-1*', 'name==r-*', 'id==*'), HAWKBIT_FILTERS),
    sort: HAWKBIT_SORTS,
    offset: fc.integer({ min: -2, max: 20 }),
    limit: fc.integer({ min: -1, max: 30 }),
    name: WORDS,
    version: fc.constantFrom('1.0', '2.0', '3.0-rc1', '10'),
    key: fc.oneof(WORDS, fc.constant('k1')),
    controllerId: fc.oneof({ weight: 3, arbitrary: WORDS }, { weight: 1, arbitrary: controllers }),
    distributionSetId: rowIds(known),
    targetType: fc.integer({ min: -1, max: 5 }),
    type: fc.constantFrom('os', 'application', 'app', 'os_app', 'forced', 'soft'),
    address: fc.constantFrom('http://10.0.0.1', 'amqp://h/v', 'x', ''),
    schedule: fc.constantFrom('0 0 3 * * ?', '0 */5 * ? * *', '* * *', '0 0 3 31 2 ? 2099'),
    duration: fc.constantFrom('01:00:00', '00:30:00', '25:00:00', '1'),
    timezone: fc.constantFrom('+00:00', '-03:30', '+25:00', 'Z'),
    forcetime: MOMENTS,
    startAt: MOMENTS,
    expression: fc.constantFrom('50', '0', '100', '12.5', '101'),
    amountGroups: fc.integer({ min: 0, max: 4 }),
    targetPercentage: fc.constantFrom(0, 25, 50, 100),
    colour: fc.constantFrom('#fff', 'red', ''),
    representation: fc.constantFrom('full', 'compact', 'x'),
    group: fc.constantFrom('eu', 'eu/de', 'lab', ''),
    value: fc.oneof(
      WORDS,
      fc.boolean(),
      fc.integer({ min: -1, max: 400 }),
      fc.constantFrom('00:10:00', 'x'.repeat(5000)),
    ),
    keepLast: fc.integer({ min: 0, max: 50 }),
  };
}

const ZONES = fc.constantFrom('UTC', 'Europe/Berlin', 'Mars/Base');

function ownMeanings(known: KnownThings): Named {
  const devices = ofPlaces(() => known.places('own', 'devices'), 'device');
  const uids = (collection: string) => ofPlaces(() => known.places('own', collection), 'id');
  return {
    filter: OWN_FILTERS,
    query: fc.oneof(fc.constantFrom('name==t-*', ''), OWN_FILTERS),
    sort: OWN_SORTS,
    limit: fc.integer({ min: 1, max: 30 }),
    cursor: fc.oneof(WORDS, fc.base64String({ maxLength: 40 })),
    name: WORDS,
    version: fc.constantFrom('1.0', '2.0', '3.0-rc1'),
    devices,
    device: devices,
    release: uids('releases'),
    like: uids('releases'),
    components: uids('components'),
    artifacts: uids('artifacts'),
    deviceTypes: fc.constantFrom('kind', 'default', 'type'),
    type: fc.constantFrom('kind', 'default', 'type'),
    kind: fc.constantFrom('os', 'application'),
    path: fc.constantFrom('eu', 'eu/de/berlin', 'lab', '/x'),
    zone: ZONES,
    filename: fc.constantFrom('a.swu', 'b.bin', '../c'),
    headerAuthorities: fc.constantFrom('', 'ca'),
    at: MOMENTS.map((moment) => new Date(moment).toISOString()),
    forcedAt: MOMENTS.map((moment) => new Date(moment).toISOString()),
    expiresAt: MOMENTS.map((moment) => new Date(moment).toISOString()),
  };
}

/** One of what is known at the moment of the draw. */
function ofPlaces(places: () => readonly Place[], name: string): fc.Arbitrary<string> {
  return fc.nat({ max: 4095 }).map((draw) => {
    const known = places();
    return known[draw % Math.max(known.length, 1)]?.[name] ?? 'nothing';
  });
}

function rowIds(known: KnownThings): fc.Arbitrary<number> {
  return fc.nat({ max: 4095 }).map((draw) => {
    const ids = known.rowIds();
    return Number(ids[draw % Math.max(ids.length, 1)] ?? 1);
  });
}
