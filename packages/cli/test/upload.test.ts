import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { aServerForThisFile } from './a-command.ts';
import { aSlowLine } from './a-slow-line.ts';

const at = aServerForThisFile();

const FILE_BYTES = 12 * 1024 ** 2;
const SENT_BEFORE_BYTES = 8 * 1024 ** 2;
/** What the line and the sockets held back when it was cut, and what the server had not made safe. */
const REPEATED_AT_MOST_BYTES = 6 * 1024 ** 2;

/** A desk whose line to the server is slow, with a file to upload. */
async function anUpload(t: TestContext) {
  const { desk, server } = await at.aDesk(t);
  const line = await aSlowLine(t, server.url);
  const content = randomBytes(FILE_BYTES);
  await writeFile(desk.at('os.img'), content);
  desk.env['UPDRAFT_SERVER'] = line.url;
  return { desk, line, sha256: createHash('sha256').update(content).digest('hex') };
}

test('a file is uploaded whole, and is then no longer remembered as unfinished', async (t) => {
  const { desk, sha256 } = await anUpload(t);
  const artifact = await desk.json('artifact', 'upload', desk.at('os.img'));
  assert.deepEqual(
    [artifact['filename'], artifact['size'], artifact['sha256'], artifact['kind']],
    ['os.img', FILE_BYTES, sha256, 'other'],
  );
  assert.deepEqual(await readdir(desk.at('.local/state/updraft/uploads')), []);
});

test('a lost connection is taken up again where it broke', async (t) => {
  const { desk, line, sha256 } = await anUpload(t);
  line.allow(SENT_BEFORE_BYTES);
  const uploading = desk.json('artifact', 'upload', desk.at('os.img'));
  await line.stuck();
  line.takeSent();
  line.cut();
  assert.equal((await uploading)['sha256'], sha256);
  assert.ok(line.takeSent() < FILE_BYTES - SENT_BEFORE_BYTES + REPEATED_AT_MOST_BYTES);
});

test('after a kill the same command goes on where it stopped', async (t) => {
  const { desk, line, sha256 } = await anUpload(t);
  line.allow(SENT_BEFORE_BYTES);
  const first = desk.start(['artifact', 'upload', desk.at('os.img')]);
  await line.stuck();
  first.kill('SIGKILL');
  await once(first, 'close');
  line.cut();
  line.takeSent();
  assert.equal((await desk.json('artifact', 'upload', desk.at('os.img')))['sha256'], sha256);
  assert.ok(line.takeSent() < FILE_BYTES - SENT_BEFORE_BYTES + REPEATED_AT_MOST_BYTES);
});

test('Ctrl-C ends an upload with status 130, and the same command goes on', async (t) => {
  const { desk, line, sha256 } = await anUpload(t);
  line.allow(SENT_BEFORE_BYTES);
  const first = desk.start(['artifact', 'upload', desk.at('os.img'), '--json']);
  await line.stuck();
  first.kill('SIGINT');
  const [[status], told] = await Promise.all([once(first, 'close'), text(first.stderr)]);
  assert.deepEqual([status, JSON.parse(told).code], [130, 'interrupted']);
  line.cut();
  assert.equal((await desk.json('artifact', 'upload', desk.at('os.img')))['sha256'], sha256);
});

test('a file that changed meanwhile begins anew', async (t) => {
  const { desk, line } = await anUpload(t);
  line.allow(SENT_BEFORE_BYTES);
  const first = desk.start(['artifact', 'upload', desk.at('os.img')]);
  await line.stuck();
  first.kill('SIGKILL');
  await once(first, 'close');
  line.cut();
  const content = randomBytes(FILE_BYTES);
  await writeFile(desk.at('os.img'), content);
  assert.equal(
    (await desk.json('artifact', 'upload', desk.at('os.img')))['sha256'],
    createHash('sha256').update(content).digest('hex'),
  );
});

test('an empty file is an artifact too', async (t) => {
  const { desk } = await anUpload(t);
  await writeFile(desk.at('empty'), '');
  assert.equal((await desk.json('artifact', 'upload', desk.at('empty')))['size'], 0);
});

test('what is no file is wrong use, and nothing is sent', async (t) => {
  const { desk, line } = await anUpload(t);
  line.takeSent();
  assert.equal((await desk.updraft(['artifact', 'upload', desk.at('.')])).status, 2);
  assert.equal((await desk.updraft(['artifact', 'upload', desk.at('nothing')])).status, 2);
  assert.equal(line.takeSent(), 0);
});
