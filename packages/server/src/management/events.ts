import { EVENT_LIST, readPage, selectEvents, storedEventOf } from '@updraft/store';
import type { Handlers } from '../http/mount.ts';
import { eventView } from './event-stream.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

export function eventHandlers({ store }: Pick<HandlerParts, 'store'>): Handlers<'events.list'> {
  return {
    'events.list': async ({ scope, query }) => {
      const rows = selectEvents(store.longReader, scope.tenant);
      const page = await readPage({ reader: store.longReader, query: rows }, EVENT_LIST, query);
      return listAnswer(page, (found) => found.map((row) => eventView(storedEventOf(row))));
    },
  };
}
