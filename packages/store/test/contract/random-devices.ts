import {
  type AssignmentState,
  type AttemptState,
  CURRENT_STATES,
  DEVICE_IDENTITIES,
  DEVICE_STANDINGS,
} from '@updraft/core';
import fc from 'fast-check';
import type { RandomAssignment, RandomDevice, RandomFleet } from '../commands/random-fleet.ts';
import { filterOf, pattern, quoted, text, words } from './random-text.ts';

/** The time of every evaluation. What is younger than its second half is not overdue. */
export const NOW = 1_000_000;
export const MOMENTS = { now: NOW, overdueAt: NOW - 600_000 };

/** Longer than what an index of metadata holds of a value. */
const LONG = 'é'.repeat(600);
/** What placeholders become, and what they are escaped to. */
const PLACED = [String(NOW), '1970-01-01T00:16:40Z', '${NOW}'];
const value = fc.oneof({ weight: 4, arbitrary: text }, fc.constantFrom(...PLACED, LONG, `${LONG}x`));
const map = fc.dictionary(fc.constantFrom('v', 'V', 'a.b', 'a b'), value, { maxKeys: 3, noNullPrototype: true });
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const instant = fc.constantFrom(0, NOW - 600_001, NOW - 600_000, NOW - 1, NOW, NOW + 1);
const name = text.map((value) => value.replaceAll(/[/\n]/g, '')).filter((value) => value.trim() !== '');
const group = fc.oneof(
  fc.constantFrom('', '/Plant', '/plant1', '/Plant/Line1', '/Plant/Line1/a', '/plant/line10'),
  name.map((part) => `/${part}`),
);
const zone = fc.constantFrom('', 'Europe/Rome', 'Europe/Riga', 'Asia/Tokyo');

const OPEN_ATTEMPTS = ['offered', 'downloading', 'awaiting-report', 'awaiting-evidence', 'canceling', 'ready'] as const;
const assignment: fc.Arbitrary<RandomAssignment> = fc.oneof(
  assigned('waiting', [null]),
  assigned('active', OPEN_ATTEMPTS),
  assigned('backing-off', ['failed', 'timed-out']),
  assigned('succeeded', ['succeeded']),
  assigned('canceled', [null, 'canceled']),
);

function assigned(state: AssignmentState, attempts: readonly (AttemptState | null)[]): fc.Arbitrary<RandomAssignment> {
  const rollout = fc.nat({ max: 2 });
  return fc.record({
    rollout,
    state: fc.constant(state),
    attempt: fc.constantFrom(...attempts),
    isShown: fc.boolean(),
  });
}

const device: fc.Arbitrary<RandomDevice> = fc.record({
  name,
  displayName: text,
  address: text,
  description: text,
  type: orNull(fc.nat({ max: 1 })),
  running: orNull(fc.nat({ max: 2 })),
  attributes: map,
  metadata: map,
  tags: fc.uniqueArray(fc.constantFrom('canary', 'Lab', 'é'), { maxLength: 3 }),
  group,
  contactAt: orNull(instant),
  createdAt: instant,
  identity: fc.constantFrom(...DEVICE_IDENTITIES),
  penaltyUntil: orNull(instant),
  zone,
  site: text,
  assignments: fc.uniqueArray(assignment, { selector: ({ rollout }) => rollout, maxLength: 2 }),
});

export const fleet: fc.Arbitrary<Omit<RandomFleet, 'tenant'>> = fc.record({
  types: fc.constant(['Board-A', 'board-b']),
  releases: fc.constant([
    { name: 'OS', version: '1.0' },
    { name: 'os', version: '2.0*' },
    { name: 'App', version: '2.0*' },
  ]),
  devices: fc.uniqueArray(device, { selector: (each) => each.name, minLength: 1, maxLength: 10 }),
});

const equality = fc.constantFrom('==', '!=', '=is=', '=not=', '=eq=', '=ne=');
const order = fc.constantFrom('<', '<=', '>', '>=', '=lt=', '=le=', '=gt=', '=ge=');
const lists = fc.constantFrom('=in=', '=out=');
const nothing = fc.constantFrom('=is=null', '=not=null', '==""', '!=""', '==*', '!=*');
const listOf = (value: fc.Arbitrary<string>) =>
  fc.array(value, { minLength: 1, maxLength: 3 }).map((each) => `(${each.join(',')})`);

function textual(fields: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const field = fc.constantFrom(...fields);
  return fc.oneof(
    words(field, equality, value),
    words(field, order, quoted),
    words(field, lists, listOf(value)),
    words(field, nothing),
  );
}

function exact(fields: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const field = fc.constantFrom(...fields);
  return fc.oneof(
    words(field, equality, value),
    words(field, lists, listOf(value)),
    words(field, fc.constantFrom('=is=null', '=not=null', '=eq=NULL', '=ne=null')),
  );
}

function ordered(fields: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(words(fc.constantFrom(...fields), order, value), exact(fields, value));
}

const PLACEHOLDERS = ['${NOW}', '${NOW_TS}', '${OVERDUE_TS}', '${now-PT10M}', '${OVERDUE_TS+PT10M}', '-PT10M', 'p1d'];
const TIMES = ['1970-01-01T00:16:40Z', '1970-01-01T01:16:40.000+01:00', '1970-01-01', String(NOW), '0', '-1'];
const moment = fc.constantFrom(...PLACEHOLDERS, ...TIMES);
const placed = ['${NOW}', '${NOW_TS}', '$${NOW}', '${NOW_TS-PT1S}', `"${LONG}"`, `${LONG}*`, `*${LONG}x`];
const texts = fc.oneof(
  quoted,
  pattern,
  fc.constantFrom('canary', 'l*', '"2.0\\*"', '2.*', 'os*', 'OS@1.0', 'board-*', 'A\\ b', "'it\\'s'", 'null'),
  fc.constantFrom(...placed),
);
const paths = fc.oneof(
  quoted,
  fc.constantFrom('/plant/*', 'plant/line1', '/plant/line1*', '*line1', '/PLANT', '/plant/line1/*'),
);

const comparison = fc.oneof(
  textual(['name', 'ID', 'description', 'Site', 'attribute.v', 'attribute.V', 'metadata.v', 'Metadata.a.b'], texts),
  textual(['attribute."a b"', "metadata.'a b'", 'attribute.a\\ b', 'attribute.none'], texts),
  textual(['tag', 'tag.name', 'type', 'TYPE.Name', 'runningRelease', 'running.name', 'runningRelease.version'], texts),
  textual(['running', 'runningRelease.name', 'running.version', 'assigned', 'assignedRelease'], texts),
  textual(['assignedRelease.name', 'assigned.name', 'assigned.version', 'assignedRelease.version'], texts),
  textual(['address', 'displayName', 'wantedRelease.name', 'wantedRelease.version'], texts),
  textual(['group'], paths),
  textual(['zone'], fc.constantFrom('europe/*', 'Asia/Tokyo', 'nowhere')),
  ordered(['createdAt', 'created', 'lastContactAt', 'lastContact', 'penaltyUntil'], moment),
  ordered(['number'], fc.oneof(fc.nat({ max: 40 }).map(String), fc.constantFrom('${NOW_TS}', '-1'))),
  exact(['runningRelease.id', 'running.id', 'assigned.id', 'assignedRelease.id'], fc.constantFrom('x', '""')),
  exact(['overdue', 'penalty'], fc.constantFrom('true', 'false', 'TRUE')),
  exact(['state', 'assignment.state'], fc.constantFrom(...CURRENT_STATES)),
  exact(['standing'], fc.constantFrom(...DEVICE_STANDINGS)),
  exact(['identity'], fc.constantFrom(...DEVICE_IDENTITIES, 'Pending')),
);

/** A filter over every field of a device. */
export const deviceFilter = filterOf(comparison);
