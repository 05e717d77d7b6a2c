import { ApiFailure, ApiProblem } from '@updraft/protocols';
import type { Session } from './session.ts';

const RECONNECT_PAUSE_MILLISECONDS = 2_000;
/** A server that sends more than this without an end of message does not speak our protocol. */
const MAX_MESSAGE_CHARACTERS = 4_194_304;

/** The data of each message of a server-sent event stream, parsed as JSON; without end. A lost connection goes on after the last id (HTML, 9.2). */
export async function* eventStream(session: Session, path: string, afterId: string | null): AsyncGenerator<unknown> {
  let lastId = afterId;
  for (;;) {
    try {
      for await (const message of messages(session, path, lastId)) {
        lastId = message.id ?? lastId;
        if (message.data !== '') yield JSON.parse(message.data);
      }
    } catch (error) {
      if (!isPassing(error)) throw error;
      session.print.note(`${error.message} Connecting anew.`);
    }
    await session.shell.sleep(RECONNECT_PAUSE_MILLISECONDS, session.shell.signal);
  }
}

function isPassing(error: unknown): error is Error {
  if (error instanceof ApiProblem) return error.status >= 500;
  // A body that breaks off rejects as a TypeError of fetch.
  return (error instanceof ApiFailure && error.code !== 'certificate-not-trusted') || error instanceof TypeError;
}

type Message = { readonly id: string | null; readonly data: string };

async function* messages({ api, shell }: Session, path: string, lastId: string | null): AsyncGenerator<Message> {
  const headers = { accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) };
  const response = await api.open(path, { headers, signal: shell.signal });
  let rest = '';
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    rest += text;
    const parts = rest.split(/\r?\n\r?\n/);
    rest = parts.pop() ?? '';
    if (rest.length > MAX_MESSAGE_CHARACTERS)
      throw new ApiFailure('answer-unexpected', 'The stream of events is none.');
    yield* parts.map(parseMessage);
  }
}

/** One message: `id:` and `data:` lines; comments and other fields are left aside. */
export function parseMessage(text: string): Message {
  const fields = text.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line));
  const values = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []));
  return { id: values('id').at(-1) ?? null, data: values('data').join('\n') };
}
