import path from 'node:path';
import { startServerProcess, type ServerProcess } from '../server-process.ts';
import { newBundle, newKey } from './software.ts';

export const OLD_VERSION = '1.0.0';
export const NEW_VERSION = '2.0.0';

/** What the demo makes with `updraft`: a certificate, a bundle of each version, and one that somebody else signed. */
export type Bundles = { readonly cert: string; readonly old: string; readonly new: string; readonly strangers: string };
export type Prepared = { readonly server: ServerProcess; readonly bundles: Bundles };

/** Starts the server and makes keys and bundles at the same time; where one fails, nothing of the other stays. */
export async function prepare(folder: string, signal: AbortSignal): Promise<Prepared> {
  const [server, bundles] = await Promise.allSettled([
    startServerProcess({ dataDir: path.join(folder, 'data'), signal }),
    makeBundles(folder, signal),
  ]);
  if (server.status === 'rejected') throw server.reason;
  if (bundles.status === 'fulfilled') return { server: server.value, bundles: bundles.value };
  await server.value[Symbol.asyncDispose]();
  throw bundles.reason;
}

async function makeBundles(folder: string, signal: AbortSignal): Promise<Bundles> {
  const [ours, strangers] = await Promise.all([newKey(folder, 'release', signal), newKey(folder, 'stranger', signal)]);
  const [oldBundle, newOne, strangersBundle] = await Promise.all([
    newBundle(folder, OLD_VERSION, ours, signal),
    newBundle(folder, NEW_VERSION, ours, signal),
    newBundle(folder, NEW_VERSION, strangers, signal),
  ]);
  return { cert: ours.cert, old: oldBundle, new: newOne, strangers: strangersBundle };
}
