import {
  ASSIGNMENT_LIST,
  findAssignment,
  readPage,
  REPORT_LIST,
  selectAssignments,
  selectReports,
} from '@updraft/store';
import type { Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { assignmentViews, reportView } from '../use-cases/assignment-view.ts';
import { explainWait } from '../use-cases/why.ts';
import { NO_EMERGENCY, type HandlerParts } from './handler-parts.ts';
import { impossibleRefusal } from './impossible-rollout.ts';
import { noDevice } from './devices.ts';
import { listAnswer } from './list-answer.ts';

export function assignmentHandlers({
  store,
}: HandlerParts): Handlers<
  | 'assignments.list'
  | 'assignments.create'
  | 'assignments.show'
  | 'assignments.cancel'
  | 'assignments.force-quit'
  | 'assignments.consent'
  | 'assignments.reports'
  | 'devices.why'
> {
  return {
    'assignments.list': async ({ scope, query }) => {
      const reader = store.longReader;
      const rows = selectAssignments(reader).where('assignment.tenant', '=', scope.tenant);
      const page = await readPage({ reader, query: rows }, ASSIGNMENT_LIST, query);
      return listAnswer(page, (found) => assignmentViews(reader, found));
    },
    'assignments.reports': async ({ scope, params, query }) => {
      const reader = store.longReader;
      const found = await findAssignment(reader, scope.tenant, params.number);
      if (found === undefined) return refusalOf('not-found', {});
      const page = await readPage({ reader, query: selectReports(reader, found.id) }, REPORT_LIST, query);
      return listAnswer(page, (rows) => rows.map(reportView));
    },
    'devices.why': async ({ scope, params }) => {
      const why = await explainWait(store.reader, scope, { name: params.device, now: await store.now() });
      return why === undefined ? refusalOf('not-found', noDevice(params.device)) : { ok: why };
    },
    'assignments.create': async ({ scope, body, once }) => {
      const result = await store.commands.run('assignment.create', { ...body, scope, once });
      if (result.outcome === 'refused') {
        if ('problems' in result) return impossibleRefusal(result.problems);
        const missing = 'missing' in result ? result.missing : [];
        const unfit = 'unfit' in result ? result.unfit : [];
        return refusalOf(result.code, {
          'not-found': `These do not exist: ${someOf(missing)}.`,
          'release-not-published': 'The release is not published; publish it first.',
          ...NO_EMERGENCY,
          'device-decommissioned': `These devices are out of service: ${someOf(unfit)}.`,
          'device-incompatible': `The release is not for the type of these devices: ${someOf(unfit)}.`,
        });
      }
      const { rollout, assigned, alreadyAssigned, alreadyInstalled, warnings, held, replayed } = result;
      const made = { rollout, assigned: [...assigned], alreadyAssigned, alreadyInstalled, warnings, held };
      return { ok: made, replayed };
    },
    'assignments.show': async ({ scope, params }) => {
      const row = await findAssignment(store.reader, scope.tenant, params.number);
      const [view] = row === undefined ? [] : await assignmentViews(store.reader, [row]);
      return view === undefined ? refusalOf('not-found', {}) : { ok: view };
    },
    'assignments.cancel': async ({ scope, params, ifMatch }) => {
      const act = { scope, number: params.number, expectedRevision: ifMatch };
      const result = await store.commands.run('assignment.cancel', act);
      if (result.outcome === 'changed') return { ok: result.assignment };
      return refusalOf(result.code, {
        'assignment-ended': ENDED,
        'cancel-not-possible': 'It cannot be cancelled as it stands; force-quit ends it without asking the device.',
      });
    },
    'assignments.consent': async ({ scope, params, body, ifMatch }) => {
      const act = { ...body, scope, number: params.number, expectedRevision: ifMatch };
      const result = await store.commands.run('assignment.answer-consent', act);
      if (result.outcome === 'changed') return { ok: result.assignment };
      return refusalOf(result.code, {
        'assignment-ended': ENDED,
        'consent-not-awaited':
          'Nobody is asked: consent is asked for from the start of the phase until the install is granted, and only where the policy asks.',
      });
    },
    'assignments.force-quit': async ({ scope, params, ifMatch }) => {
      const act = { scope, number: params.number, expectedRevision: ifMatch };
      const result = await store.commands.run('assignment.force-quit', act);
      return result.outcome === 'changed'
        ? { ok: result.assignment }
        : refusalOf(result.code, { 'assignment-ended': ENDED });
    },
  };
}

const ENDED = 'It has ended; assign the release anew.';
const NAMES_SHOWN = 10;

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}
