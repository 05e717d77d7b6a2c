import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { ADMIN, aServer, PASSWORD } from '../a-server.ts';
import { type CourseResult, failureText, runCourse, successPercent } from './course.ts';
import { heldBytes } from './heap.ts';
import { type KnownThings, stock } from './known-things.ts';
import { SURFACES } from './operations.ts';
import { rawTalks, talk, wrongWithTalk } from './raw-bytes.ts';
import { openWire, type Wire, type WireAnswer } from '../wire.ts';

const LIMITS = { connections: 12, keptBytes: 256 * 1024 };
const RAW_AT_ONCE = 8;
/** A course that only reached the edges would have less. */
const LEAST_SUCCESS_PERCENT = 25;
/** Of operations, that succeeded at least once. */
const LEAST_REACHED_PERCENT = 70;
/** Until then caches fill. */
const WARM_UP_SHARE = 0.25;
/** What the objects of a server that has warmed up may grow by, with caches that are bounded. */
const MAX_GROWTH_BYTES = 24 * 1024 ** 2;

export type FuzzPlan = { readonly requests: number; readonly connections: number; readonly seed: number };

/**
 * One server, in this process, that answers a course of requests to all its APIs, and connections that speak HTTP badly:
 * never with an error of its own, never without a code, and it holds no more memory at the end than when it was warm.
 */
export async function checkFuzz(t: TestContext, plan: FuzzPlan): Promise<void> {
  const errors: string[] = [];
  const server = await aServer(t, { onError: (line) => void errors.push(line) });
  await using wire = openWire(server.url, LIMITS);
  const known = await stock(wire, {
    user: { name: ADMIN, password: PASSWORD },
    tenant: 'DEFAULT',
    prefix: '',
    mark: 'v1',
  });
  const before = process.cpuUsage();
  let warm: number | null = null;
  const result = await runCourse(wire, known, {
    ...plan,
    afterSlice: async (sent) => {
      if (warm === null && sent >= plan.requests * WARM_UP_SHARE) warm = await heldBytes();
    },
  });
  tell(t, plan, result);
  assert.deepEqual(result.failures.map(failureText), [], `again with FUZZ_SEED=${plan.seed}`);
  for (const surface of SURFACES) {
    const percent = successPercent(result.counts, surface);
    assert.ok(percent >= LEAST_SUCCESS_PERCENT, `of ${surface} only ${percent.toFixed(1)} % succeeded`);
  }
  assert.ok(result.succeeded.size >= (result.operations * LEAST_REACHED_PERCENT) / 100, 'few operations succeeded');
  await talkBadly(new URL(server.url), known, plan);
  await stillAnswers(wire, known);
  assert.deepEqual(errors, [], `what went wrong inside; again with FUZZ_SEED=${plan.seed}`);
  const grown = (await heldBytes()) - (warm ?? 0);
  t.diagnostic(`${cpuSince(before).toFixed(1)} s of CPU; ${(grown / 1024 ** 2).toFixed(1)} MiB more are held`);
  assert.ok(grown <= MAX_GROWTH_BYTES, `${grown} bytes more are held than when it was warm`);
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function tell(t: TestContext, { seed }: FuzzPlan, { sent, counts, succeeded, operations }: CourseResult): void {
  const shares = [...counts].map(([group, n]) => `${group} ${((n / sent) * 100).toFixed(1)} %`).toSorted();
  t.diagnostic(`${sent} requests, seed ${seed}: ${shares.join(', ')}`);
  t.diagnostic(`${succeeded.size} of ${operations} operations succeeded at least once`);
}

async function talkBadly({ port }: URL, known: KnownThings, { connections, seed }: FuzzPlan): Promise<void> {
  const queue = fc.sample(rawTalks(known.authorizations), { seed, numRuns: connections }).values();
  const wrong: string[] = [];
  const worker = async () => {
    for (const one of queue) {
      const said = await talk(Number(port), one).catch(String);
      const what = wrongWithTalk(said);
      if (what !== null)
        wrong.push(
          `${what.slice(0, 1000)}\n${one.ending} ${Buffer.concat(one.pieces).toString('latin1').slice(0, 2000)}`,
        );
    }
  };
  await Promise.all(Array.from({ length: RAW_AT_ONCE }, worker));
  assert.deepEqual(wrong, [], `again with FUZZ_SEED=${seed}`);
}

async function stillAnswers(wire: Wire, { authorizations, restock }: KnownThings): Promise<void> {
  await restock();
  const [headers, body] = [{ authorization: authorizations.gateway }, null];
  const { status } = await wire.send({ method: 'GET', path: '/DEFAULT/controller/v1/after-all', headers, body });
  assert.equal(status, 200);
  const upload = await uploadInTime(wire, authorizations.user);
  assert.equal(upload.status, 201, upload.text);
}

const UPLOAD_TRIES = 100;
const UPLOAD_AGAIN_MS = 200;

/** None of the uploads that were broken off keeps its place for long. */
async function uploadInTime(wire: Wire, authorization: string): Promise<WireAnswer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await wire.send({
      method: 'POST',
      path: '/api/v1/artifacts?filename=after-all',
      headers: { authorization, 'content-type': 'application/octet-stream' },
      body: Buffer.from('after all'),
    });
    if (answer.status !== 503 || tries === UPLOAD_TRIES) return answer;
    await sleep(UPLOAD_AGAIN_MS);
  }
}
