import fc from 'fast-check';
import type { KnownThings } from './known-things.ts';
import { wrongWith } from './judge.ts';
import { mutations } from './mutations.ts';
import { operationsOf, type Surface } from './operations.ts';
import { type FuzzRequest, requestsOf } from './requests.ts';
import type { Wire, WireRequest } from '../wire.ts';

export type CoursePlan = {
  readonly requests: number;
  /** Says all that is random. */
  readonly seed: number;
  /** After each slice of requests, with how many were sent. */
  readonly afterSlice?: (sent: number) => Promise<void>;
};

export type Failure = { readonly what: string; readonly request: WireRequest; readonly answer: string };

export type CourseResult = {
  readonly sent: number;
  /** How many there are to succeed. */
  readonly operations: number;
  /** `ddi 2xx` → how many. */
  readonly counts: ReadonlyMap<string, number>;
  /** Operations that were answered with success at least once. */
  readonly succeeded: ReadonlySet<string>;
  readonly failures: readonly Failure[];
};

/** Between two looks at what there is. */
const SLICE = 1000;
const IN_FLIGHT = 12;
/** More would hide the first. */
const MAX_FAILURES = 10;

/** Sends what a seed says: slice by slice, each drawn from what is there then, many requests at a time. */
export async function runCourse(wire: Wire, known: KnownThings, plan: CoursePlan): Promise<CourseResult> {
  const arbitrary = fc.tuple(requestsOf(known), mutations()).map(([request, mutate]) => mutate(request));
  const tally: Tally = { counts: new Map(), succeeded: new Set(), failures: [] };
  let sent = 0;
  for (let slice = 0; sent < plan.requests && tally.failures.length < MAX_FAILURES; slice += 1) {
    const numRuns = Math.min(SLICE, plan.requests - sent);
    await sendAll(wire, fc.sample(arbitrary, { seed: plan.seed + slice, numRuns }), tally);
    sent += numRuns;
    await known.restock();
    await plan.afterSlice?.(sent);
  }
  return { sent, operations: operationsOf(known).length, ...tally };
}

type Tally = {
  readonly counts: Map<string, number>;
  readonly succeeded: Set<string>;
  readonly failures: Failure[];
};

async function sendAll(wire: Wire, requests: readonly FuzzRequest[], tally: Tally): Promise<void> {
  const queue = requests.values();
  const worker = async () => {
    for (const request of queue) await sendOne(wire, request, tally);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** Who goes on with an upload takes it over from a connection that may be dead. */
const MAY_BE_CUT = /^(PATCH|POST) \/api\/v1\/uploads\/\{id\}$/;

async function sendOne(wire: Wire, request: FuzzRequest, { counts, succeeded, failures }: Tally): Promise<void> {
  const { surface, operation } = request;
  const onWire = wireRequestOf(request);
  const answer = await wire.send(onWire).catch((error: Error) => error);
  if (answer instanceof Error) {
    if (!MAY_BE_CUT.test(operation)) failures.push({ what: 'no answer', request: onWire, answer: String(answer) });
    return;
  }
  const group = `${surface} ${Math.floor(answer.status / 100)}xx`;
  counts.set(group, (counts.get(group) ?? 0) + 1);
  if (answer.status < 300) succeeded.add(operation);
  const what = wrongWith(request, onWire, answer);
  if (what !== null) failures.push({ what, request: onWire, answer: `${answer.status} ${answer.text.slice(0, 500)}` });
}

/** As it goes out. */
export function wireRequestOf({ method, segments, query, headers, body }: FuzzRequest): WireRequest {
  const asked = query.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&');
  const path = `/${segments.map(segmentOf).join('/')}`;
  return { method, path: asked === '' ? path : `${path}?${asked}`, headers, body };
}

/** Escapes that stand there already are meant. */
function segmentOf(text: string): string {
  return text.includes('%') ? text.replaceAll(/[^\u0021-\u007e]/g, escaped) : escaped(text);
}

function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** So much of a request that it can be sent again. */
export function failureText({ what, request, answer }: Failure): string {
  const body = request.body === null ? '' : `\n${request.body.toString('latin1').slice(0, 2000)}`;
  return `${what}: ${answer}\n${request.method} ${request.path}\n${JSON.stringify(request.headers)}${body}`;
}

/** Of all answers of a surface how many were a success, in percent. */
export function successPercent(counts: CourseResult['counts'], surface: Surface): number {
  const all = [...counts].filter(([group]) => group.startsWith(`${surface} `)).reduce((sum, [, n]) => sum + n, 0);
  return ((counts.get(`${surface} 2xx`) ?? 0) / Math.max(all, 1)) * 100;
}
