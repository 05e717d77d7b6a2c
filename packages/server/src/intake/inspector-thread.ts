import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { judgeRecord, recordFile } from './bundle-record.ts';
import { type FileFollower, followFile } from './file-follower.ts';
import type { FromInspector, InspectorCalls, ToInspector } from './inspector-messages.ts';
import { INTAKE_LIMITS } from './intake-limits.ts';

if (parentPort !== null) serve(parentPort);

/** Hashes and judges files for another thread. Files take turns at each buffer, so that a large one delays no small one. */
function serve(port: MessagePort): void {
  const followers = new Map<number, FileFollower>();
  const say = (message: FromInspector) => port.postMessage(message);

  function follow({ file, path }: { readonly file: number; readonly path: string }): FileFollower {
    return followFile(path, {
      consumed: (offset) => say({ kind: 'consumed', file, offset }),
      broken: () => say({ kind: 'broken', file }),
    });
  }

  async function finish({ file, size }: InspectorCalls['finish']['input']) {
    const follower = followers.get(file);
    if (follower === undefined) throw new Error(`no file ${file} is followed`);
    return recordFile(await follower.finish(size));
  }

  async function answer(message: Extract<ToInspector, { kind: 'call' }>): Promise<unknown> {
    switch (message.call) {
      case 'finish':
        return finish(message.input);
      case 'judge':
        return judgeRecord(message.input.inspection, message.input);
      case 'digest':
        return digest(message.input);
    }
  }

  async function respond(message: Extract<ToInspector, { kind: 'call' }>): Promise<void> {
    try {
      say({ kind: 'answered', id: message.id, output: await answer(message) });
    } catch (error) {
      say({ kind: 'failed', id: message.id, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  port.on('message', (message: ToInspector) => {
    switch (message.kind) {
      case 'follow':
        followers.set(message.file, follow(message));
        break;
      case 'grow':
        followers.get(message.file)?.grow(message.to);
        break;
      case 'abandon':
        void followers.get(message.file)?.close();
        followers.delete(message.file);
        break;
      case 'call':
        void respond(message);
    }
  });
}

/** The checksum of a part of a file (tus checksum extension), base64. */
async function digest({ path, from, to, algorithm }: InspectorCalls['digest']['input']): Promise<string> {
  const hash = createHash(algorithm);
  if (to > from) {
    const part = createReadStream(path, { start: from, end: to - 1, highWaterMark: INTAKE_LIMITS.bufferBytes });
    for await (const piece of part) hash.update(piece as Buffer);
  }
  return hash.digest('base64');
}
