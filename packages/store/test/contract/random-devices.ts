import { type AssignmentState, type AttemptState, CURRENT_STATES, DEVICE_IDENTITIES } from '@updraft/core';
import fc from 'fast-check';
import type { RandomAssignment, RandomDevice, RandomFleet } from '../commands/random-fleet.ts';
import { filterOf, pattern, quoted, text, words } from './random-text.ts';

/** The time of every evaluation. What is younger than its second half is not overdue. */
export const NOW = 1_000_000;
export const MOMENTS = { now: NOW, overdueAt: NOW - 600_000 };

const map = fc.dictionary(fc.constantFrom('v', 'V', 'a.b'), text, { maxKeys: 3, noNullPrototype: true });
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

function exact(fields: readonly string[], value: fc.Arbitrary<string>, isNullable: boolean): fc.Arbitrary<string> {
  const field = fc.constantFrom(...fields);
  const some = [words(field, equality, value), words(field, lists, listOf(value))];
  return fc.oneof(...some, ...(isNullable ? [words(field, fc.constantFrom('=is=null', '=not=null'))] : []));
}

const moment = fc.constantFrom('${NOW}', '${NOW_TS}', '${OVERDUE_TS}', '${NOW-PT10M}', '-PT10M', String(NOW), '0');
const texts = fc.oneof(quoted, pattern, fc.constantFrom('canary', 'l*', '"2.0\\*"', '2.*', 'os*', 'OS@1.0', 'board-*'));
const paths = fc.oneof(
  quoted,
  fc.constantFrom('/plant/*', 'plant/line1', '/plant/line1*', '*line1', '/PLANT', '/plant/line1/*'),
);

const comparison = fc.oneof(
  textual(['name', 'id', 'description', 'site', 'attribute.v', 'attribute.V', 'metadata.v', 'metadata.a.b'], texts),
  textual(['tag', 'tag.name', 'type', 'runningRelease', 'running.name', 'runningRelease.version'], texts),
  textual(['assigned', 'assignedRelease.name', 'assigned.version'], texts),
  textual(['group'], paths),
  textual(['zone'], fc.constantFrom('europe/*', 'Asia/Tokyo', 'nowhere')),
  words(fc.constantFrom('createdAt', 'lastContactAt', 'penaltyUntil'), fc.oneof(equality, order), moment),
  words(fc.constantFrom('lastContact', 'penaltyUntil'), fc.constantFrom('=is=null', '=not=null')),
  words(fc.constant('number'), fc.oneof(equality, order), fc.nat({ max: 40 }).map(String)),
  exact(['runningRelease.id', 'assigned.id'], fc.constantFrom('x', '""'), true),
  exact(['overdue', 'penalty'], fc.constantFrom('true', 'false'), true),
  exact(['state', 'assignment.state'], fc.constantFrom(...CURRENT_STATES), true),
  exact(['identity'], fc.constantFrom(...DEVICE_IDENTITIES), false),
);

/** A filter over every field of a device. */
export const deviceFilter = filterOf(comparison);
