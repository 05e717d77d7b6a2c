import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContactSlice } from '../use-cases/contact-commands.ts';
import { LastContacts } from './last-contacts.ts';

const MINUTES_PER_DAY = 24 * 60;
const DEVICE = 7;

test('a device that polls each minute of a day has its hours written at most 24 times', async () => {
  let minute = 0;
  const slices: ContactSlice[] = [];
  await using contacts = new LastContacts({
    save: (slice) => {
      const hour = Math.floor(minute / 60);
      slices.push(slice);
      return Promise.resolve(hour);
    },
    onError: assert.ifError,
  });
  for (; minute < MINUTES_PER_DAY; minute += 1) {
    contacts.note(DEVICE);
    await contacts.flush();
  }
  assert.equal(slices.length, MINUTES_PER_DAY);
  assert.equal(slices.filter(isWritten).length, 24);
});

/** As `saveContactSlice` does: those that are fresh, and in a new hour all. */
function isWritten({ hour, fresh }: ContactSlice, at: number): boolean {
  return fresh.includes(DEVICE) || hour !== Math.floor(at / 60);
}

test('what could not be written is written with the next flush, with its hour', async () => {
  const saved: ContactSlice[] = [];
  const errors: unknown[] = [];
  let isBroken = true;
  await using contacts = new LastContacts({
    save: (slice) => {
      if (isBroken) return Promise.reject(new Error('the disk is full'));
      saved.push(slice);
      return Promise.resolve(1);
    },
    onError: (error) => errors.push(error),
  });
  contacts.note(DEVICE);
  await contacts.flush();
  isBroken = false;
  await contacts.flush();
  assert.equal(errors.length, 1);
  assert.deepEqual(saved, [{ devices: [DEVICE], hour: null, fresh: [DEVICE] }]);
});
