import assert from 'node:assert/strict';
import type { Lifecycle } from '@updraft/core';
import { assignmentLifecycle, attemptLifecycle, releaseLifecycle, rolloutLifecycle, storedStates } from '@updraft/core';
import { openStore } from '../../src/store.ts';
import { hotStatements } from '../hot-statements.ts';
import type { StoreMaker } from './store-maker.ts';
import { storeTest } from './store-maker.ts';

/** PostgreSQL's connections prepare a statement at its third run; the types of its parameters are fixed then. */
const PREPARED_AFTER = 4;
const UNSTORED = 'no-such-state';

/** What the schema promises, whatever the database. */
export function schemaContract(maker: StoreMaker): void {
  const contract = storeTest.bind(undefined, maker);

  contract('the database takes the states of the lifecycle tables, and no others', async (store) => {
    await store.commands.run('tenant.add', { name: 'one' });
    const release = `insert into release (uid, tenant, name, name_fold, version, version_fold, description, state, manifest, manifest_sha256, counter, created_at)`;
    await store.commands.run('sql.run', {
      text: `${release} values ('r0', 1, '', '', '', '', '', 'draft', null, null, null, 0)`,
    });
    const insertions: readonly (readonly [Lifecycle<string, string>, (state: string, at: number) => string])[] = [
      [
        releaseLifecycle,
        (state, at) => `${release} values ('r${at}', 1, '', '', '${at}', '${at}', '', '${state}', '', '', 1, 0)`,
      ],
      [
        rolloutLifecycle,
        (state, at) =>
          `insert into rollout (uid, tenant, kind, name, name_fold, description, release, filter, state, weight, policy, planned, created_at, created_by, maker) values ('${at}', 1, 'direct', '', '', '', 1, '', '${state}', 0, '{}', 0, 0, '', '')`,
      ],
      [
        assignmentLifecycle,
        (state, at) =>
          `insert into assignment (tenant, device, rollout, phase, number, state, created_at, ended_at) values (1, ${at}, 1, 1, ${at}, '${state}', 0, ${ended(assignmentLifecycle, state)})`,
      ],
      [
        attemptLifecycle,
        (state, at) =>
          `insert into attempt (tenant, assignment, device, number, ordinal, state, state_at, evidence, ended_at) values (1, ${at}, 1, ${at}, 1, '${state}', 0, '', ${ended(attemptLifecycle, state)})`,
      ],
    ];
    for (const [lifecycle, insertion] of insertions)
      for (const [at, state] of [...lifecycle.states, UNSTORED].entries()) {
        const insert = store.commands.run('sql.run', { text: insertion(state, at + 1) });
        if (storedStates(lifecycle).includes(state)) await insert;
        else await assert.rejects(insert, { name: 'CommandFailed' }, `${lifecycle.name} took ${state}`);
      }
  });

  contract('every hot statement is understood, also prepared', async (store) => {
    await store.commands.run('hot.prepare', undefined);
    for (const { name } of hotStatements)
      for (let time = 0; time < PREPARED_AFTER; time += 1)
        await assert.rejects(store.commands.run('hot.run', { name }), { code: 'undone-on-purpose' }, name);
  });

  contract('a schema that stands is left as it is', async (store) => {
    const applied = () => store.reader.selectFrom('migration').select(['number', 'name']).execute();
    const before = await applied();
    await store.commands.run('tenant.add', { name: 'kept' });
    await store.close();
    await using again = await openStore(store.options);
    assert.equal((await again.reader.selectFrom('tenant').select('name').execute())[0]?.name, 'kept');
    assert.deepEqual(await again.reader.selectFrom('migration').select(['number', 'name']).execute(), before);
  });

  contract('a database of a newer program is refused', async (store) => {
    await store.commands.run('sql.run', { text: `insert into migration values (999, 'future', 0)` });
    await store.close();
    await assert.rejects(openStore(store.options), { code: 'database-too-new' });
  });

  contract('ids of what was deleted are not given again', async (store) => {
    const first = await store.commands.run('tenant.add', { name: 'one' });
    await store.commands.run('sql.run', { text: 'delete from tenant' });
    assert.ok((await store.commands.run('tenant.add', { name: 'two' })) > first);
  });

  contract('text is ordered by code point', async (store) => {
    for (const name of ['b', '\uffee', '\u{1f600}', 'ä', 'a']) await store.commands.run('tenant.add', { name });
    const rows = await store.reader.selectFrom('tenant').select('name').orderBy('name').execute();
    assert.deepEqual(
      rows,
      ['a', 'b', 'ä', '\uffee', '\u{1f600}'].map((name) => ({ name })),
    );
  });
}

function ended(lifecycle: Lifecycle<string, string>, state: string): string {
  return lifecycle.closed.includes(state) ? '1' : 'null';
}
