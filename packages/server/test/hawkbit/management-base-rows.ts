import assert from 'node:assert/strict';
import type { TestFleet } from '../a-fleet.ts';
import { basic } from '../a-server.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { differs, row, type Row } from './row.ts';

const NO_BODY = 'every 4xx of ours has a code, so that a script can tell what happened; hawkBit sends none here';

/** Four targets `<prefix>a` … `<prefix>d`, whose names go the other way. */
async function fourTargets(fleet: TestFleet): Promise<string> {
  const prefix = fresh('base');
  const body = ['a', 'b', 'c', 'd'].map((end, at) => ({ controllerId: prefix + end, name: `Base ${4 - at}` }));
  await expect(fleet, 201, 'POST /targets', { body });
  return prefix;
}

/** The ends of the names that a page shows, its size checked. */
async function endsOf(fleet: TestFleet, prefix: string, query: string): Promise<readonly [string, number]> {
  const body = await expect(fleet, 200, `GET /targets?q=id==${prefix}*&${query}`);
  assert.equal(body.size, body.content.length);
  return [body.content.map((one: Json) => one.controllerId.slice(prefix.length)).join(''), body.total];
}

/** Ground rules: §0 of the reference. */
export const baseRows: readonly Row[] = [
  row('mgmt.base.basic', 'who shows no credential is asked for Basic with the realm hawkBit', async (fleet) => {
    for (const as of [null, basic('admin', 'wrong'), 'TargetToken abc']) {
      const answer = await ask(fleet, 'GET /targets', { as });
      refusedAs(answer, 401, 'notAuthenticated');
      assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="hawkBit"');
    }
  }),
  row('mgmt.base.device-tokens', 'the token of a device opens nothing here', async (fleet) => {
    const controllerId = fresh('t');
    const body = [{ controllerId, securityToken: 'a-token' }];
    await expect(fleet, 201, 'POST /targets', { body });
    assert.equal((await ask(fleet, 'GET /targets', { as: 'TargetToken a-token' })).status, 401);
  }),
  row('mgmt.base.basic-first', 'it is asked for before anything is told', async (fleet) => {
    assert.equal((await ask(fleet, 'GET /nothing', { as: null })).status, 401);
  }),
  differs('mgmt.base.unknown-address', 'what is at no address is not found', {
    why: NO_BODY,
    check: async (fleet) => {
      refusedAs(await ask(fleet, 'GET /nothing'), 404, 'rest.notFound');
      refusedAs(await ask(fleet, 'GET //rest/v2/targets'), 404, 'rest.notFound');
    },
  }),
  row('mgmt.base.media', 'answers are HAL unless plain JSON is asked for', async (fleet) => {
    const { headers } = await ask(fleet, 'GET /targets');
    assert.match(headers.get('content-type') ?? '', /^application\/hal\+json/);
    const typeFor = async (accept: string) =>
      (await ask(fleet, 'GET /targets', { headers: { accept } })).headers.get('content-type') ?? '';
    assert.match(await typeFor('application/json'), /^application\/json/);
    assert.match(await typeFor('application/json;q=0.5, application/hal+json'), /^application\/hal\+json/);
  }),
  differs('mgmt.base.not-acceptable', 'nothing else can be asked for', {
    why: NO_BODY,
    check: async (fleet) =>
      refusedAs(await ask(fleet, 'GET /targets', { headers: { accept: 'text/html' } }), 406, 'rest.notAcceptable'),
  }),
  row('mgmt.base.bodies', 'bodies are taken under both names of JSON', async (fleet) => {
    const controllerId = fresh('t');
    for (const type of ['application/hal+json', 'application/json;charset=UTF-8']) {
      const body = [{ controllerId: fresh(controllerId) }];
      await expect(fleet, 201, 'POST /targets', { body, headers: { 'content-type': type } });
    }
  }),
  differs('mgmt.base.unsupported-media', 'other bodies are refused', {
    why: NO_BODY,
    check: async (fleet) => {
      const asked = { body: '[]', headers: { 'content-type': 'text/plain' } };
      refusedAs(await ask(fleet, 'POST /targets', asked), 415, 'rest.mediaTypeNotSupported');
    },
  }),
  differs('mgmt.base.method', 'a method that an address does not take is told with those that it takes', {
    why: NO_BODY,
    check: async (fleet) => {
      const answer = await ask(fleet, 'PATCH /targets', { body: {} });
      refusedAs(answer, 405, 'rest.methodNotAllowed');
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST');
    },
  }),
  row('mgmt.base.options', 'OPTIONS is told what an address takes', async (fleet) => {
    const { status, text, headers } = await ask(fleet, 'OPTIONS /targets');
    assert.deepEqual([status, text, headers.get('allow')], [200, '', 'GET, HEAD, POST, OPTIONS']);
    assert.equal((await ask(fleet, 'OPTIONS /targets', { as: null })).status, 401);
  }),
  row('mgmt.base.not-readable', 'a body of the wrong shape is not readable', async (fleet) => {
    for (const body of ['{', { controllerId: 'x' }, [{ controllerId: ['x'] }], undefined])
      refusedAs(await ask(fleet, 'POST /targets', { body }), 400, 'rest.body.notReadable');
  }),
  row('mgmt.base.constraint', 'what is missing or too long breaks a constraint', async (fleet) => {
    for (const target of [
      { name: 'no id' },
      { controllerId: 'x'.repeat(257) },
      { controllerId: 'x', name: 'n'.repeat(129) },
    ])
      refusedAs(await ask(fleet, 'POST /targets', { body: [target] }), 400, 'repo.constraintViolation');
  }),
  row('mgmt.base.turned', 'a number stands for text as it is written, and text for a number', async (fleet) => {
    const name = fresh('turned');
    const body = `[{"name":"${name}","version":1.10,"type":"os","vendor":true}]`;
    const [module] = await expect(fleet, 201, 'POST /softwaremodules', { body });
    assert.deepEqual([module.version, module.vendor], ['1.10', 'true']);
    const sets = [
      { name, version: '1', type: 'os', modules: [{ id: String(module.id) }], requiredMigrationStep: 'true' },
    ];
    const [set] = await expect(fleet, 201, 'POST /distributionsets', { body: sets });
    assert.deepEqual([set.modules[0].id, set.requiredMigrationStep], [module.id, true]);
    await expect(fleet, 201, 'POST /targets', { body: [{ controllerId: name }] });
    const asked = { id: String(set.id), weight: '7' };
    assert.equal((await expect(fleet, 200, `POST /targets/${name}/assignedDS`, { body: asked })).assigned, 1);
    for (const id of ['x', '1e3', '', ' 1', true])
      refusedAs(await ask(fleet, `POST /targets/${name}/assignedDS`, { body: { id } }), 400, 'rest.body.notReadable');
  }),
  row(
    'mgmt.base.repeated',
    'of a parameter that is given twice the first number counts, and all text',
    async (fleet) => {
      for (const controllerId of [fresh('twice'), fresh('twice')])
        await expect(fleet, 201, 'POST /targets', { body: [{ controllerId }] });
      const sorted = 'sort=name:ASC&sort=createdAt:DESC';
      assert.equal((await expect(fleet, 200, `GET /targets?limit=1&limit=2&${sorted}`)).size, 1);
    },
  ),
  row('mgmt.base.trailing-slash', 'a slash at the end is as good as none', async (fleet) => {
    const controllerId = fresh('slash');
    await expect(fleet, 201, 'POST /targets/', { body: [{ controllerId }] });
    assert.equal((await expect(fleet, 200, `GET /targets/${controllerId}/`)).controllerId, controllerId);
    assert.ok((await expect(fleet, 200, 'GET /softwaremodules/?limit=1')).total >= 0);
    refusedAs(await ask(fleet, 'DELETE /targets/'), 405, 'rest.methodNotAllowed');
  }),
  row('mgmt.base.html', 'HTML in names and descriptions is refused', async (fleet) => {
    for (const text of ['<b>bold</b>', 'a <script>', '<!-- x'])
      for (const field of ['name', 'description']) {
        const body = [{ controllerId: 'html', [field]: text }];
        refusedAs(await ask(fleet, 'POST /targets', { body }), 400, 'repo.constraintViolation');
      }
    await expect(fleet, 201, 'POST /targets', { body: [{ controllerId: fresh('t'), description: 'a & b < c' }] });
  }),
  row('mgmt.base.null-in', 'a null in a body is as good as nothing', async (fleet) => {
    const controllerId = fresh('t');
    const [made] = await expect(fleet, 201, 'POST /targets', { body: [{ controllerId, name: null, group: null }] });
    assert.equal(made.name, controllerId);
  }),
  row('mgmt.base.null-out', 'what is not there is left out of an answer', async (fleet) => {
    const controllerId = fresh('t');
    const [made] = await expect(fleet, 201, 'POST /targets', { body: [{ controllerId }] });
    assert.ok(!('description' in made) && !('pollStatus' in made) && !('targetType' in made));
  }),
  row('mgmt.base.envelope', 'a list tells its page, the size of that and the total', async (fleet) => {
    const prefix = await fourTargets(fleet);
    const body = await expect(fleet, 200, `GET /targets?q=id==${prefix}*&limit=3`);
    assert.deepEqual(Object.keys(body).toSorted(), ['content', 'size', 'total']);
    assert.deepEqual([body.content.length, body.size, body.total], [3, 3, 4]);
    assert.deepEqual(Object.keys(body.content[0]._links), ['self']);
  }),
  row('mgmt.base.paging', 'pages are told by offset and limit', async (fleet) => {
    const prefix = await fourTargets(fleet);
    assert.deepEqual(await endsOf(fleet, prefix, ''), ['abcd', 4]);
    assert.deepEqual(await endsOf(fleet, prefix, 'limit=2'), ['ab', 4]);
    assert.deepEqual(await endsOf(fleet, prefix, 'offset=1&limit=2'), ['bc', 4]);
    assert.deepEqual(await endsOf(fleet, prefix, 'offset=9'), ['', 4]);
  }),
  row(
    'mgmt.base.bounds',
    'a negative offset, no limit and too large a one come back into their bounds',
    async (fleet) => {
      const prefix = await fourTargets(fleet);
      for (const query of ['offset=-3', 'limit=0', 'limit=-1', 'limit=501'])
        assert.deepEqual(await endsOf(fleet, prefix, query), ['abcd', 4], query);
    },
  ),
  row('mgmt.base.no-number', 'what is no number is no offset', async (fleet) => {
    refusedAs(await ask(fleet, 'GET /targets?offset=some'), 400, 'repo.constraintViolation');
    refusedAs(await ask(fleet, 'GET /targets?limit=many'), 400, 'repo.constraintViolation');
  }),
  row('mgmt.base.sort', 'fields sort in any case of letters, several one after the other', async (fleet) => {
    const prefix = await fourTargets(fleet);
    const order = async (sort: string) => (await endsOf(fleet, prefix, `sort=${sort}`))[0];
    assert.equal(await order('name:ASC'), 'dcba');
    assert.equal(await order('CONTROLLERID:desc'), 'dcba');
    assert.equal(await order('updateStatus:ASC,id:DESC'), 'dcba');
    assert.equal(await order('lastControllerRequestAt:asc,name:asc'), 'dcba');
  }),
  row('mgmt.base.sort-syntax', 'an order needs a field and a direction', async (fleet) => {
    for (const sort of ['name', 'name:', ':ASC', 'name:ASC:DESC'])
      refusedAs(await ask(fleet, `GET /targets?sort=${sort}`), 400, 'rest.param.sortParamSyntax');
  }),
  row('mgmt.base.sort-direction', 'there are two directions', async (fleet) =>
    refusedAs(await ask(fleet, 'GET /targets?sort=name:UP'), 400, 'rest.param.invalidDirection'),
  ),
  row('mgmt.base.sort-field', 'an unknown field sorts nothing, nor does one of many values', async (fleet) => {
    for (const field of ['colour', 'tag', 'attribute.hw', '__proto__'])
      refusedAs(await ask(fleet, `GET /targets?sort=${field}:ASC`), 400, 'rest.param.invalidField');
  }),
  row('mgmt.base.filter-field', 'an unknown field or word of a filter is told', async (fleet) => {
    for (const q of ['colour==red', 'updatestatus==lost', 'attribute==x'])
      refusedAs(await ask(fleet, `GET /targets?q=${q}`), 400, 'rest.param.rsqlInvalidField');
  }),
  row('mgmt.base.filter-syntax', 'a filter that cannot be read is told', async (fleet) => {
    for (const q of ['name=', 'name==', 'autoconfirm==perhaps', '(name==a'])
      refusedAs(await ask(fleet, `GET /targets?q=${encodeURIComponent(q)}`), 400, 'rest.param.rsqlParamSyntax');
  }),
  row('mgmt.base.not-modified', 'who has the bytes is answered 304 without a body', async (fleet) => {
    const prefix = await fourTargets(fleet);
    const what = `GET /targets/${prefix}a`;
    const headers = { 'if-none-match': (await ask(fleet, what)).headers.get('etag') ?? '' };
    const again = await ask(fleet, what, { headers });
    assert.deepEqual([again.status, again.text], [304, '']);
    await expect(fleet, 200, `PUT /targets/${prefix}a`, { body: { description: 'new' } });
    await expect(fleet, 200, what, { headers });
  }),
  row('mgmt.base.links', 'links begin where the client found the server', async (fleet) => {
    const prefix = await fourTargets(fleet);
    const { _links } = await expect(fleet, 200, `GET /targets/${prefix}a`);
    assert.equal(_links.self.href, `${fleet.url}/rest/v1/targets/${prefix}a`);
  }),
  row('mgmt.base.api-docs', 'the OpenAPI document is shown to everybody', async (fleet) => {
    const body = await expect(fleet, 200, 'GET //v3/api-docs', { as: null });
    assert.match(body.openapi, /^3\./);
    assert.ok('post' in body.paths['/rest/v1/targets']);
  }),
];
