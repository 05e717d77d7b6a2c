import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { AnswerCache } from '../src/device-contact/answer-cache.ts';
import { BoundedMemory } from '../src/bounded-memory.ts';
import { DropLog } from '../src/device-contact/drop-log.ts';
import type { DdiDoor } from '../src/doors/ddi/door.ts';
import type { DescriptionTemplate, JsonAnswer, KnownDescription, KnownPoll } from '../src/doors/ddi/known-answers.ts';
import { mountDdi } from '../src/doors/ddi/mount-ddi.ts';
import { ddiClient } from './a-fleet.ts';

test('a door that cannot read says so to a poll, and cuts a download instead of answering what would be installed', async (t) => {
  const app = fastify();
  const unreachable = Object.assign(new Error('the database is away'), { code: 'database-unreachable' });
  const drops = new DropLog();
  const known = {
    drops,
    polls: new AnswerCache<KnownPoll>(drops),
    descriptions: new AnswerCache<KnownDescription>(drops),
    idle: new BoundedMemory<number, JsonAnswer>(1),
    templates: new BoundedMemory<string, DescriptionTemplate>(1),
  };
  const readDevice = () => Promise.reject(unreachable);
  const proxyHeaders = { isNamed: () => false, device: 'x-controller-id', authority: 'x-authority' };
  const door: Partial<DdiDoor> = {
    readDevice,
    readReporter: readDevice,
    known,
    proxyHeaders,
    certifiedDevice: () => null,
    now: () => 0,
    publicUrl: null,
  };
  await app.register((instance) => mountDdi(instance, door as DdiDoor));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  const device = ddiClient(url, { name: 'gw', authorization: 'TargetToken t' });
  assert.equal((await device.ask(device.base)).status, 503);
  assert.equal((await device.report(1, {})).status, 503);
  await assert.rejects(device.ask('softwaremodules/1/artifacts/update.swu'), { code: 'ECONNRESET' });
});
