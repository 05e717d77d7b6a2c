import { flushCompileCache } from 'node:module';
import type { MessagePort } from 'node:worker_threads';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { CommandMap } from '../command.ts';
import { transactionOver } from '../database/kysely-database.ts';
import { SqliteConnection } from '../database/sqlite-connection.ts';
import { WireIdBlocks } from '../repositories/wire-ids.ts';
import type { BatchTools } from './command-batch.ts';
import { runBatch } from './command-batch.ts';
import { failureOf } from './command-failure.ts';
import { checkpointBetweenCommits } from './wal-checkpoint.ts';
import type { CommandAnswer, CommandRequest, FromWriter, ToWriter, WriterData } from './writer-protocol.ts';

/** The writer thread: the one connection that writes to the SQLite file, and the commands that run on it. */
async function main(port: MessagePort, data: WriterData): Promise<void> {
  const tell = (message: FromWriter) => port.postMessage(message);
  const opened = nextMessage(port);
  try {
    const { commands } = (await import(data.commandsModule)) as { commands: CommandMap };
    const message = await opened;
    if (message.type !== 'open') return port.close();
    const connection = new SqliteConnection(message.file);
    const transaction = await transactionOver('sqlite', connection);
    serve(port, { connection, transaction, commands, clockOffset: data.clockOffset, wireIds: new WireIdBlocks() });
    tell({ type: 'ready' });
    // A thread's cache is its own, and one whose process is killed writes none.
    flushCompileCache();
  } catch (error) {
    tell({ type: 'refused', failure: failureOf(error) });
    port.close();
  }
}

function nextMessage(port: MessagePort): Promise<ToWriter> {
  return new Promise((resolve) => port.once('message', resolve));
}

function serve(port: MessagePort, tools: BatchTools): void {
  const waiting: CommandRequest[] = [];
  let at = 0;
  let running = false;
  let closing = false;

  const accept = (message: ToWriter) => {
    if (message.type === 'commands') waiting.push(...message.requests);
    if (message.type === 'close') closing = true;
  };
  /** Looks into the mailbox without leaving the turn: what has come meanwhile still joins this commit. */
  const take = (): CommandRequest | undefined => {
    if (at >= waiting.length) {
      waiting.length = 0;
      at = 0;
      const mail = receiveMessageOnPort(port) as { message: ToWriter } | undefined;
      if (mail !== undefined) accept(mail.message);
    }
    return at < waiting.length ? waiting[at++] : undefined;
  };
  const work = async () => {
    running = true;
    while (at < waiting.length) {
      const { answers, touched } = await runBatch(tools, take);
      if (answers.length > 0) postAnswers(port, { type: 'committed', answers, touched });
      checkpointBetweenCommits(tools.connection);
    }
    running = false;
    if (!closing) return;
    tools.connection.close();
    port.postMessage({ type: 'closed' } satisfies FromWriter);
    port.close();
  };
  port.on('message', (message: ToWriter) => {
    accept(message);
    // Not caught: what escapes a batch leaves the connection in doubt, and ends the thread.
    if (!running) void work();
  });
}

/** An output that cannot cross threads is its command's mistake, not that of those who share the commit. */
function postAnswers(port: MessagePort, message: Extract<FromWriter, { type: 'committed' }>): void {
  try {
    port.postMessage(message);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'DataCloneError')) throw error;
    port.postMessage({ ...message, answers: message.answers.map(crossable) });
  }
}

function crossable(answer: CommandAnswer): CommandAnswer {
  try {
    return structuredClone(answer);
  } catch (cause) {
    const error = Object.assign(new Error('its output is not plain data', { cause }), { code: 'output-not-plain' });
    return { id: answer.id, outcome: 'failed', failure: failureOf(error) };
  }
}

if (parentPort === null) throw new Error('writer-thread.ts runs as a worker thread only');
await main(parentPort, workerData as WriterData);
