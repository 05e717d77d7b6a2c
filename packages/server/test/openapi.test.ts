import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiRoutes, byteRoutes, PROBLEM_CODES } from '@updraft/protocols';
import { aServer } from './a-server.ts';

type Operation = { readonly operationId?: string; readonly responses: Record<string, { description: string }> };
type Document = {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation & { parameters?: { in: string; name: string }[] }>>;
  readonly components: { readonly schemas: Record<string, unknown> };
};

const { fetch } = await aServer({ after });
const text = await (await fetch('/api/v1/openapi.json', { as: null })).text();
const document = JSON.parse(text) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('the document is OpenAPI 3.1 and open to all', () => {
  assert.equal(document.openapi, '3.1.0');
});

test('every reference leads somewhere', () => {
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? '');
  assert.ok(references.length > 0);
  assert.deepEqual(
    references.filter((name) => !Object.hasOwn(document.components.schemas, name)),
    [],
  );
  assert.equal(references.length, text.match(/"\$ref"/g)?.length);
});

test('every route of the tables is in the document under its name', () => {
  const described = new Set(operations.map(({ operation }) => operation.operationId));
  const missing = Object.keys({ ...apiRoutes, ...byteRoutes }).filter((name) => !described.has(name));
  assert.deepEqual(missing, []);
});

test('no two operations have one name', () => {
  const ids = operations.flatMap(({ operation }) => operation.operationId ?? []);
  assert.equal(new Set(ids).size, ids.length);
});

test('every operation has a success and tells of refusals by codes that exist', () => {
  for (const { path, method, operation } of operations) {
    const statuses = Object.keys(operation.responses);
    assert.ok(
      statuses.some((status) => status.startsWith('2')),
      `${method} ${path}`,
    );
    const codes = statuses
      .filter((status) => status.startsWith('4') || status.startsWith('5'))
      .flatMap((status) =>
        [...(operation.responses[status]?.description ?? '').matchAll(/`([a-z-]+)`/g)].map((m) => m[1]),
      );
    const unknown = codes.filter((code) => !(PROBLEM_CODES as readonly (string | undefined)[]).includes(code));
    assert.deepEqual(unknown, [], `${method} ${path}`);
    assert.ok(codes.includes('not-authenticated'), `${method} ${path}`);
  }
});

test('every parameter of a path is described', () => {
  for (const { path, operation } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const described = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
    assert.deepEqual(described, named, path);
  }
});

test('every operation of the document is served', async () => {
  for (const { path, method } of operations) {
    const address = `/api/v1${path.replaceAll(/\{\w+\}/g, 'x')}`;
    const answer = await fetch(address, { method: method.toUpperCase(), as: null });
    // Without a credential: what is there asks for one.
    assert.equal(answer.status, 401, `${method} ${path}`);
    await answer.body?.cancel();
  }
});

test('the page needs nothing from elsewhere and runs no script', async () => {
  const answer = await fetch('/api/docs', { as: null });
  const page = await answer.text();
  assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.ok(!/<script|https?:\/\//.test(page));
  assert.equal((await fetch('/api/docs/style.css', { as: null })).status, 200);
});

test('every link of the page leads to a place on it', async () => {
  const page = await (await fetch('/api/docs', { as: null })).text();
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(
    targets.filter((id) => !page.includes(`id="${id}"`)),
    [],
  );
});
