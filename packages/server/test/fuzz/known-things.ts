import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { basic } from '../a-server.ts';
import type { Json } from '../hawkbit/management-kit.ts';
import type { Wire, WireAnswer } from '../wire.ts';

/** Values of a path's parameters that stand for something, together. */
export type Place = Readonly<Record<string, string>>;

export type KnownThings = {
  /** By the first segment of a path behind `/rest/v1`, `/api/v1`, and `ddi`. */
  readonly places: (surface: string, collection: string) => readonly Place[];
  /** Numbers that rows may have. */
  readonly rowIds: () => readonly string[];
  readonly authorizations: { readonly user: string; readonly token: string; readonly gateway: string };
  readonly targetToken: (controller: string) => string;
  /** Devices may show tokens again. */
  readonly openDoors: () => Promise<void>;
  /** Puts right what a course broke: the doors, and things that it has used up. */
  readonly restock: () => Promise<void>;
};

const GATEWAY_KEY = 'gateway-key-of-the-course-0123456789';
const TARGETS = 24;
/** Each table counts its rows from 1. */
const LIKELY_IDS = Array.from({ length: 30 }, (_, index) => String(index + 1));
const CONFIG_KEYS = ['pollingTime', 'rollout.approval.enabled', 'maintenanceWindowPollCount'].map((key) => ({ key }));
const SHOWN = 40;
const OWN_COLLECTIONS = [
  'users',
  'tokens',
  'gateway-tokens',
  'signing-certificates',
  'artifacts',
  'components',
  'releases',
  'device-types',
  'rollouts',
  'filters',
  'groups',
];
const HAWKBIT_COLLECTIONS = [
  'targettags',
  'targettypes',
  'softwaremoduletypes',
  'distributionsettypes',
  'softwaremodules',
  'distributionsets',
  'distributionsettags',
  'targetfilters',
  'autoassignments',
  'actions',
  'rollouts',
];

export type Wish = {
  readonly user: { readonly name: string; readonly password: string };
  readonly tenant: string;
  /** Names of devices begin so. */
  readonly prefix: string;
  /** Stands in what is said of each thing, and in tokens, but in no name. */
  readonly mark: string;
};

/** Puts things into a tenant, through its APIs, and knows them. */
export async function stock(wire: Wire, wish: Wish): Promise<KnownThings> {
  const store = new Stock(wire, wish);
  await store.first();
  return {
    places: (surface, collection) => store.places.get(`${surface}/${collection}`) ?? [],
    rowIds: () => LIKELY_IDS,
    authorizations: {
      user: store.authorization,
      token: `Bearer ${store.token}`,
      gateway: `GatewayToken ${GATEWAY_KEY}${wish.mark}`,
    },
    targetToken: (controller) => `TargetToken ${tokenOf(wish.mark, controller)}`,
    openDoors: () => store.openDoors(),
    restock: () => store.restock(),
  };
}

/** What the first targets were given, until somebody changes it. */
function tokenOf(mark: string, controller: string): string {
  return mark + createHash('md5').update(controller).digest('hex');
}

class Stock {
  readonly places = new Map<string, readonly Place[]>();
  token = '';
  readonly #wire: Wire;
  readonly authorization: string;
  readonly #wish: Wish;
  readonly #metadata: readonly object[];
  #round = 0;
  /** The file of a distribution set, by its name and version. */
  readonly #files = new Map<string, { readonly module: string; readonly file: string }>();

  constructor(wire: Wire, wish: Wish) {
    this.#wire = wire;
    this.#wish = wish;
    this.#metadata = [{ key: 'k1', value: wish.mark }];
    this.authorization = basic(wish.user.name, wish.user.password);
  }

  async first(): Promise<void> {
    const { secret } = await this.#made('/api/v1/tokens', { name: 'course', rights: ['read-tokens', 'approve'] });
    this.token = secret;
    const targets = Array.from({ length: TARGETS }, (_, index) => this.#targetNamed(`${this.#wish.prefix}t-${index}`));
    await this.#made('/rest/v1/targets', targets);
    await this.#made('/rest/v1/targettags', [{ name: 'tag', description: this.#wish.mark }]);
    await this.#made('/rest/v1/targettypes', [{ name: 'type', key: 'type', description: this.#wish.mark }]);
    await this.#made('/rest/v1/distributionsettags', [{ name: 'tag', description: this.#wish.mark }]);
    await this.#made('/rest/v1/targetfilters', { name: 'filter', query: `name==${this.#wish.prefix}t-*` });
    await this.#made('/api/v1/device-types', { name: 'kind', description: this.#wish.mark });
    await this.#made('/api/v1/groups', { path: 'eu/de' });
    await this.restock();
  }

  async restock(): Promise<void> {
    this.#round += 1;
    await this.openDoors();
    const set = await this.#aSet();
    await this.#made('/rest/v1/autoassignments', {
      name: `auto-${this.#round}`,
      description: this.#wish.mark,
      targetFilterQuery: 'name==nobody',
      distributionSetId: set,
    });
    const some = Array.from({ length: 6 }, (_, index) => `${this.#wish.prefix}r-${this.#round}-${index}`);
    await this.#made(
      '/rest/v1/targets',
      some.map((name) => this.#targetNamed(name)),
    );
    const controllers = [
      ...some,
      ...Array.from({ length: 6 }, (_, index) => `${this.#wish.prefix}t-${(this.#round * 6 + index) % TARGETS}`),
    ];
    for (const controller of some) await this.#post(`/rest/v1/targets/${controller}/metadata`, this.#metadata);
    await this.#post(
      `/rest/v1/distributionsets/${set}/assignedTargets`,
      controllers.map((id) => ({ id })),
    );
    await this.#made('/rest/v1/rollouts', {
      name: `rollout-${this.#round}`,
      description: this.#wish.mark,
      targetFilterQuery: `name==${this.#wish.prefix}r-${this.#round}-*`,
      distributionSetId: set,
      amountGroups: 2,
    });
    await this.#begunUpload();
    await this.#look();
  }

  async #begunUpload(): Promise<void> {
    const headers = { authorization: this.authorization, 'tus-resumable': '1.0.0', 'upload-length': '8' };
    const begun = await this.#wire.send({
      method: 'POST',
      path: '/api/v1/uploads',
      headers: { ...headers, 'upload-metadata': 'filename YQ==' },
      body: null,
    });
    assert.equal(begun.status, 201, begun.text);
    this.#note('own', 'uploads', [{ id: begun.headers.location?.split('/').at(-1) ?? '' }]);
  }

  async openDoors(): Promise<void> {
    const body = {
      'authentication.targettoken.enabled': true,
      'authentication.gatewaytoken.enabled': true,
      'authentication.gatewaytoken.key': GATEWAY_KEY + this.#wish.mark,
      'user.confirmation.flow.enabled': this.#round % 2 === 0,
    };
    const answer = await this.#send('PUT', '/rest/v1/system/configs', JSON.stringify(body), 'application/json');
    assert.equal(answer.status, 204, answer.text);
  }

  async #aSet(): Promise<number> {
    const version = `${this.#round}.0`;
    const key = `k-${this.#round}`;
    // Types of its own: those that were there may be gone.
    const [kind] = await this.#made('/rest/v1/softwaremoduletypes', [{ name: key, key, maxAssignments: 1 }]);
    const mandatorymodules = [{ id: kind.id }];
    await this.#made('/rest/v1/distributionsettypes', [{ name: key, key, mandatorymodules }]);
    const [module] = await this.#made('/rest/v1/softwaremodules', [
      { name: 'system', version, type: key, vendor: this.#wish.mark },
    ]);
    const form = `--B\r\nContent-Disposition: form-data; name="file"; filename="f-${this.#round}"\r\n\r\nbytes ${this.#wish.mark} ${version}\r\n--B--\r\n`;
    const path = `/rest/v1/softwaremodules/${module.id}/artifacts`;
    const kept = await this.#send('POST', path, form, 'multipart/form-data; boundary=B');
    assert.equal(kept.status, 201, kept.text);
    const [set] = await this.#made('/rest/v1/distributionsets', [
      { name: 'system', version, type: key, modules: [{ id: module.id }], description: this.#wish.mark },
    ]);
    await this.#post(`/rest/v1/softwaremodules/${module.id}/metadata`, this.#metadata);
    await this.#post(`/rest/v1/distributionsets/${set.id}/metadata`, this.#metadata);
    this.#files.set(`system:${version}`, { module: String(module.id), file: `f-${this.#round}` });
    return set.id;
  }

  async #look(): Promise<void> {
    for (const collection of OWN_COLLECTIONS) {
      const { items } = await this.#read(`/api/v1/${collection}?limit=${SHOWN}`);
      this.#note(
        'own',
        collection,
        this.#expendable(items).map(({ id }) => ({ id })),
      );
    }
    for (const collection of HAWKBIT_COLLECTIONS) {
      const { content } = await this.#read(`/rest/v1/${collection}?limit=${SHOWN}&sort=id:DESC`);
      this.#note(
        'hawkbit',
        collection,
        content.map(({ id }: Json) => ({ id: String(id), key: 'k1' })),
      );
    }
    const { content: targets } = await this.#read(`/rest/v1/targets?limit=100&sort=createdAt:DESC`);
    const { content: actions } = await this.#read(`/rest/v1/actions?limit=100&representation=full`);
    this.#notePlaces(targets, actions);
    await this.#noteInner();
  }

  /** Who runs the course and what it shows itself with stay out of its reach. */
  #expendable(items: readonly Json[]): readonly Json[] {
    return items.filter(({ name }) => name !== this.#wish.user.name && name !== 'course');
  }

  #notePlaces(targets: readonly Json[], actions: readonly Json[]): void {
    const acting = actions.map((action: Json) => ({
      controllerId: decodeURIComponent(action._links.target.href.split('/').at(-1)),
      actionId: String(action.id),
      key: 'k1',
      set: String(action._links.distributionset.name),
    }));
    const names = targets.map(({ controllerId }: Json) => ({ controllerId, actionId: '1', key: 'k1' }));
    this.#note('hawkbit', 'targets', [...acting, ...names]);
    this.#note(
      'own',
      'devices',
      names.map(({ controllerId }) => ({ device: controllerId })),
    );
    this.#note(
      'own',
      'assignments',
      actions.map(({ id }: Json) => ({ number: String(id) })),
    );
    this.#note('own', 'tags', [{ tag: 'tag' }, { tag: 'k1' }]);
    this.#note('hawkbit', 'system', CONFIG_KEYS);
    this.#note('hawkbit', 'targetgroups', [{ group: 'eu' }, { group: 'lab' }]);
    const polling = acting.map(({ controllerId, actionId, set }) => {
      return {
        tenant: this.#wish.tenant,
        controller: controllerId,
        action: actionId,
        ...(this.#files.get(set) ?? { module: '1', file: 'f-1' }),
      };
    });
    this.#note('ddi', 'devices', polling);
  }

  async #noteInner(): Promise<void> {
    const inner = async (collection: string, path: (id: string) => string, name: string) => {
      const found: Place[] = [];
      for (const { id = '' } of this.#of(collection).slice(0, 5)) {
        const answer = await this.#send('GET', path(id));
        const read: Json = answer.status === 200 ? JSON.parse(answer.text) : [];
        const rows: readonly Json[] = Array.isArray(read) ? read : read.content;
        found.push(...rows.map((row) => ({ id, [name]: String(row.id), key: 'k1' })));
      }
      this.#note('hawkbit', collection, [...this.#of(collection), ...found, ...found]);
    };
    await inner('softwaremodules', (id) => `/rest/v1/softwaremodules/${id}/artifacts`, 'artifactId');
    await inner('rollouts', (id) => `/rest/v1/rollouts/${id}/deploygroups`, 'groupId');
    await inner('distributionsets', (id) => `/rest/v1/distributionsets/${id}/assignedSM`, 'moduleId');
    await inner('distributionsettypes', (id) => `/rest/v1/distributionsettypes/${id}/optionalmoduletypes`, 'typeId');
  }

  #of(collection: string): readonly Place[] {
    return this.places.get(`hawkbit/${collection}`) ?? [];
  }

  #note(surface: string, collection: string, places: readonly Place[]): void {
    this.places.set(`${surface}/${collection}`, places);
  }

  async #read(path: string): Promise<Json> {
    const answer = await this.#send('GET', path);
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    return JSON.parse(answer.text);
  }

  async #made(path: string, body: unknown): Promise<Json> {
    const answer = await this.#post(path, body);
    assert.equal(answer.status, 201, `${path}: ${answer.text}`);
    return JSON.parse(answer.text);
  }

  #post(path: string, body: unknown): Promise<WireAnswer> {
    return this.#send('POST', path, JSON.stringify(body), 'application/json');
  }

  #send(method: string, path: string, body?: string, type?: string): Promise<WireAnswer> {
    const headers = { authorization: this.authorization, ...(type === undefined ? {} : { 'content-type': type }) };
    return this.#wire.send({ method, path, headers, body: body === undefined ? null : Buffer.from(body) });
  }

  #targetNamed(controllerId: string) {
    const { mark } = this.#wish;
    return { controllerId, name: controllerId, securityToken: tokenOf(mark, controllerId), description: mark };
  }
}
