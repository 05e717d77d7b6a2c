import { ACTION_SEARCH } from '@updraft/protocols/hawkbit-management';
import {
  ASSIGNMENT_LIST,
  type AssignmentDetail,
  assignmentDetails,
  endedBehindNewest,
  findAssignmentDetail,
  findDevice,
  selectAssignmentIds,
} from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { actionView } from './action-view.ts';
import { actionStatusList } from './action-status.ts';
import { doorSettings } from './door-settings.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';

export const ACTIONS = searchable(ASSIGNMENT_LIST, ACTION_SEARCH, {
  defaultOrder: { field: 'number', descending: true },
});

type Reading = 'targets.actions' | 'targets.action' | 'targets.action-status';
type Acting = 'targets.force-action' | 'targets.cancel-action' | 'targets.confirm-action' | 'targets.delete-actions';

/** What is and was to be done on a target. */
export function targetActionHandlers(parts: ManagementParts): ManagementHandlers<Reading | Acting> {
  return { ...reading(parts), ...acting(parts) };
}

type Place = { readonly controllerId: string; readonly actionId: number };

/** An action is found only under its own target. */
export async function findAction(
  { store }: ManagementParts,
  scope: Scope,
  { controllerId, actionId }: Place,
): Promise<AssignmentDetail | undefined> {
  const row = await findAssignmentDetail(store.reader, scope.tenant, actionId);
  return row?.device_name === controllerId ? row : undefined;
}

function reading(parts: ManagementParts): ManagementHandlers<Reading> {
  const { store } = parts;
  return {
    'targets.actions': async ({ scope, params, query, links }) => {
      const reader = store.longReader;
      const device = await findDevice(reader, scope.tenant, params.controllerId);
      if (device === undefined) return notFound('Target', params.controllerId);
      const rows = selectAssignmentIds(reader, scope.tenant).where('assignment.device', '=', device.id);
      const now = await store.now();
      return answerList({ reader, query: rows }, { list: ACTIONS, query }, async (found) => {
        const details = await assignmentDetails(
          reader,
          found.map(({ id }) => id),
        );
        return details.map((row) => actionView(row, { links, now, isFull: false }));
      });
    },
    'targets.action': ({ scope, params, links }) => showAction(parts, { scope, links }, params),
    'targets.action-status': async ({ scope, params, query }) => {
      const row = await findAction(parts, scope, params);
      return row === undefined ? noAction(params) : actionStatusList(store, row, query);
    },
  };
}

function noAction({ actionId }: Place): ManagementRefusal {
  return notFound('Action', actionId);
}

async function showAction(
  parts: ManagementParts,
  { scope, links }: { readonly scope: Scope; readonly links: LinkMaker },
  place: Place,
) {
  const row = await findAction(parts, scope, place);
  if (row === undefined) return noAction(place);
  return { ok: actionView(row, { links, now: await parts.store.now(), isFull: true }) };
}

function acting(parts: ManagementParts): ManagementHandlers<Acting> {
  const { store } = parts;
  return {
    'targets.force-action': async ({ scope, params, body, links }) => {
      const row = await findAction(parts, scope, params);
      if (row === undefined) return noAction(params);
      if (body.forceType !== undefined && body.forceType !== 'forced')
        return { error: 'repo.constraintViolation', message: 'An action can only be made a forced one.' };
      if (body.forceType === 'forced' && row.ended_at === null)
        await store.commands.run('assignment.make-forced', { scope, number: row.number, expectedRevision: null });
      return showAction(parts, { scope, links }, params);
    },
    'targets.cancel-action': async ({ scope, params, query }) => {
      const row = await findAction(parts, scope, params);
      if (row === undefined) return noAction(params);
      return query.force ? forceQuit(parts, scope, row) : cancel(parts, scope, row);
    },
    'targets.confirm-action': async ({ scope, params, body }) => {
      const row = await findAction(parts, scope, params);
      if (row === undefined) return noAction(params);
      const { confirmation, code, details = [] } = body;
      const consent = confirmation === 'confirmed' ? ('given' as const) : ('declined' as const);
      const note = [...(code === undefined ? [] : [`code ${code}`]), ...details].join('; ');
      const act = { scope, number: row.number, expectedRevision: null, consent, note };
      const result = await store.commands.run('assignment.answer-consent', act);
      if (result.outcome === 'changed') return DONE;
      if (result.code === 'not-found') return noAction(params);
      return { error: 'confirmation.feedback.gone', message: 'The action is not waiting for a confirmation.' };
    },
    'targets.delete-actions': async ({ scope, params, query, body }) => {
      const device = await findDevice(store.reader, scope.tenant, params.controllerId);
      if (device === undefined) return notFound('Target', params.controllerId);
      if ((query.keepLast === undefined) === (body === undefined))
        return { error: 'repo.constraintViolation', message: 'Say either keepLast or the ids of actions.' };
      const { deletable: states } = await doorSettings(store.reader, scope.tenant);
      const numbers = body ?? (await endedBehindNewest(store.reader, device.id, { keep: query.keepLast ?? 0, states }));
      const result = await store.commands.run('assignment.forget', { scope, numbers, device: device.id, states });
      return forgotten(result);
    },
  };
}

/** What the deletion of actions answers. */
export function forgotten(
  result: { readonly outcome: 'forgotten' } | { readonly code: string; readonly number: number },
): typeof DONE | ManagementRefusal {
  if (!('code' in result)) return DONE;
  if (result.code === 'not-found') return notFound('Action', result.number);
  return { error: 'action.notDeletable', message: `Action {${result.number}} cannot be deleted as it stands.` };
}

/** Its device is asked; once. */
async function cancel({ store }: ManagementParts, scope: Scope, row: AssignmentDetail) {
  const isAsked = row.standing === 'canceling';
  const result = isAsked
    ? null
    : await store.commands.run('assignment.cancel', { scope, number: row.number, expectedRevision: null });
  if (result?.outcome === 'changed') return DONE;
  return { error: 'action.notCancelable' as const, message: `Action {${row.number}} cannot be canceled.` };
}

/** Only what is being cancelled ends without its device. */
async function forceQuit({ store }: ManagementParts, scope: Scope, row: AssignmentDetail) {
  const result =
    row.standing === 'canceling'
      ? await store.commands.run('assignment.force-quit', { scope, number: row.number, expectedRevision: null })
      : null;
  if (result?.outcome === 'changed') return DONE;
  return { error: 'action.notForceQuitable' as const, message: `Action {${row.number}} is not being canceled.` };
}
