import { EVENT_LIST, missedEvents, readCursor, readPage, selectEvents, storedEventOf } from '@updraft/store';
import type { Handlers } from '../http/mount.ts';
import { eventView } from './event-stream.ts';
import { eventsGone } from './events-gone.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

export function eventHandlers({ store }: Pick<HandlerParts, 'store'>): Handlers<'events.list'> {
  return {
    'events.list': async ({ scope, query }) => {
      const reader = store.longReader;
      const page = await readPage({ reader, query: selectEvents(reader, scope.tenant) }, EVENT_LIST, query);
      const seen = positionSeen(query);
      const missed = seen === null ? null : await missedEvents(reader, scope.tenant, seen);
      if (missed !== null) return eventsGone(missed);
      return listAnswer(page, (found) => found.map((row) => eventView(storedEventOf(row))));
    },
  };
}

/** Where a reader goes on who reads forwards; one who reads backwards ends where the events do. */
function positionSeen({ sort, cursor }: { readonly sort?: string | undefined; readonly cursor?: string | undefined }) {
  const order = sort ?? EVENT_LIST.defaultSort;
  if (cursor === undefined || order !== EVENT_LIST.defaultSort) return null;
  const place = readCursor(order, cursor);
  return typeof place?.value === 'number' ? place.value : null;
}
