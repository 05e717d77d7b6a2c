import { COMPONENT_LIST, findComponent, readPage, selectComponents } from '@updraft/store';
import type { Handlers } from '../http/mount.ts';
import { refusalOf, type Refusal } from '../http/problems.ts';
import type { ComponentCreated } from '../use-cases/component-commands.ts';
import { componentViews } from '../use-cases/release-view.ts';
import { listAnswer } from './list-answer.ts';
import type { SoftwareParts } from './software-parts.ts';

export function componentHandlers({
  store,
}: SoftwareParts): Handlers<'components.list' | 'components.create' | 'components.show' | 'components.delete'> {
  return {
    'components.list': async ({ scope, query }) => {
      const rows = selectComponents(store.longReader, scope.tenant, 'without');
      const page = await readPage({ reader: store.longReader, query: rows }, COMPONENT_LIST, query);
      return listAnswer(page, (found) => componentViews(store.longReader, found));
    },
    'components.create': async ({ scope, body, once }) => {
      const result = await store.commands.run('component.create', { scope, once, component: body });
      if (result.outcome === 'refused') return whyNotCreated(result, `${body.name} ${body.version}`);
      const { component } = result;
      return { ok: component, location: `/components/${component.id}`, replayed: result.replayed };
    },
    'components.show': async ({ scope, params }) => {
      const row = await findComponent(store.reader, scope.tenant, params.id);
      const [view] = row === undefined ? [] : await componentViews(store.reader, [row]);
      return view === undefined ? refusalOf('not-found', {}) : { ok: view };
    },
    'components.delete': async ({ scope, params }) => {
      const result = await store.commands.run('component.delete', { scope, id: params.id });
      if (result.outcome === 'deleted') return { ok: undefined };
      return refusalOf(result.code, { 'component-in-use': 'A release holds this component; delete its draft first.' });
    },
  };
}

type NotCreated = Extract<ComponentCreated, { outcome: 'refused' }> | { readonly code: 'idempotency-key-reused' };

function whyNotCreated(result: NotCreated, name: string): Refusal {
  switch (result.code) {
    case 'not-found':
      return refusalOf(result.code, { 'not-found': `There is no artifact ${result.artifact}; upload it first.` });
    case 'body-invalid': {
      const detail = `Two of the artifacts are named ${result.filename}; devices fetch them by name.`;
      return { problem: result.code, detail, errors: [{ path: 'artifacts', message: detail }] };
    }
    default:
      return refusalOf(result.code, { 'name-taken': `There is a component ${name} already.` });
  }
}
