import type { ContentArtifact, ContentComponent, PolledAssignment, PolledDevice } from '@updraft/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendObject, type SendableObject } from '../../http/send-object.ts';
import { askingDevice, type AskingDevice } from './authenticate.ts';
import { fileToSend, MD5SUM, sendMd5sum } from './artifact-file.ts';
import { settledDevice } from './deployment.ts';
import { artifactsOf } from './description-template.ts';
import { downloadLinks } from './download-links.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import { sendDdiError } from './errors.ts';
import { sendValue } from './json-answer.ts';
import { parseModuleId } from './wire-id.ts';

/** An attempt of the device that holds a module, and that module. */
type Holding = { readonly holder: PolledAssignment; readonly component: ContentComponent };

const NOT_FOUND = 'hawkbit.server.error.repo.entityNotFound';

/** The files of what is offered: given from the offer until the attempt is closed, also while it is being cancelled. */
export function artifactRoutes(app: FastifyInstance, door: DdiDoor): void {
  const base = `${DDI_BASE}/softwaremodules/:module/artifacts`;
  app.get(base, async (request, reply) => {
    const asking = askingDevice(request);
    const holding = await findHolding(door, request, asking);
    const component = holding?.component ?? (await installedComponent(door, request, asking));
    if (component === null) return sendDdiError(reply, NOT_FOUND);
    const list = artifactsOf(component, downloadLinks(door, asking), request.headers['user-agent']);
    return sendValue({ request, reply }, list);
  });

  app.get(`${base}/:file`, async (request, reply) => {
    const { file } = request.params as { readonly file: string };
    const holding = await findHolding(door, request, askingDevice(request));
    if (holding === null) return sendDdiError(reply, NOT_FOUND);
    const named = (filename: string) => holding.component.artifacts.find((one) => one.filename === filename);
    const artifact = named(file);
    if (artifact !== undefined) return sendArtifact(door, { request, reply }, { ...holding, artifact });
    const summed = file.endsWith(MD5SUM) ? named(file.slice(0, -MD5SUM.length)) : undefined;
    return summed === undefined ? sendDdiError(reply, NOT_FOUND) : sendMd5sum(reply, summed);
  });
}

/** Of what a device runs the files are listed, and not given out. */
async function installedComponent(
  door: DdiDoor,
  request: FastifyRequest,
  { device }: AskingDevice,
): Promise<ContentComponent | null> {
  const { runningReleaseId } = device.facts;
  if (runningReleaseId === null) return null;
  const { components } = await door.releases.of(runningReleaseId);
  return components.find(({ id }) => id === parseModuleId(request.params)) ?? null;
}

/** Addresses of artifacts name no action: the device's begun attempt comes first, then what it was offered (6-data 3). */
async function findHolding(door: DdiDoor, request: FastifyRequest, asking: AskingDevice): Promise<Holding | null> {
  const module = parseModuleId(request.params);
  if (module === null) return null;
  const granted = await holdingAmong(door, asking.device, module);
  if (granted !== null) return granted;
  const state = await settledDevice(door, request, asking);
  return holdingAmong(door, state.device, module);
}

async function holdingAmong(
  door: DdiDoor,
  { id: device, open }: PolledDevice,
  module: number,
): Promise<Holding | null> {
  const granted = open.filter(({ assignment: { attempt } }) => attempt !== null && attempt.offeredAt !== null);
  for (const holder of granted.toSorted((a, b) => turnOf(a) - turnOf(b))) {
    const { components } = await door.releases.of(holder.assignment.release.id);
    const component = components.find(({ id }) => id === module);
    if (component !== undefined && !(await isOutdated(door, device, holder))) return { holder, component };
  }
  return null;
}

const WITHDRAWN = 2;

function turnOf({ assignment: { attempt } }: PolledAssignment): number {
  if (attempt !== null && attempt.begunAt !== null) return 0;
  return attempt?.state === 'offered' ? 1 : WITHDRAWN;
}

/** What was taken back may still be in the device's hands, unless another was put there since (6-data 7). */
async function isOutdated(door: DdiDoor, device: number, holder: PolledAssignment): Promise<boolean> {
  const { id, attempt } = holder.assignment;
  if (turnOf(holder) !== WITHDRAWN || attempt === null || attempt.offeredAt === null) return false;
  return door.attempts.isOutdated(device, { assignment: id, offeredAt: attempt.offeredAt });
}

type Sending = Holding & { readonly artifact: ContentArtifact };

/**
 * Sends the file. What cannot be read ends in a dropped connection, which clients resume; the body of an error status
 * would be taken for the update.
 */
async function sendArtifact(
  door: DdiDoor,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  sending: Sending,
): Promise<FastifyReply> {
  const asking = askingDevice(request);
  const exchange = { request: request.raw, response: reply.raw };
  reply.hijack();
  try {
    const sent = await sendObject(exchange, sendable(door, request, { ...sending, asking }), {
      transfers: door.transfers,
      onProgress: (from, to) => progress(door, asking, { ...sending, from, to }),
    });
    if (sent.kind === 'aborted' && !sent.clientLeft) request.log.error({ err: sent.cause }, 'an artifact broke off');
    if (sent.kind === 'sent') await noteComplete(door, request, { ...sending, asking });
  } catch (error) {
    request.log.error({ err: error }, 'an artifact cannot be sent');
    reply.raw.destroy();
  }
  return reply;
}

type Asked = Sending & { readonly asking: AskingDevice };

function sendable(door: DdiDoor, request: FastifyRequest, asked: Asked): SendableObject {
  const { artifact, asking } = asked;
  // Opened only where bytes are to go out: the first of them begins the attempt, before the device has it.
  return fileToSend(artifact, async () => {
    if (isFirst(asked.holder)) await noteBytes(door, request, { ...asked, served: 'first-byte' });
    return door.objects.open(asking.tenant.id, artifact.sha256);
  });
}

function isFirst({ assignment: { attempt } }: PolledAssignment): boolean {
  return attempt === null || attempt.begunAt === null || attempt.state === 'offered';
}

function progress(
  door: DdiDoor,
  asking: AskingDevice,
  { holder, artifact, from, to }: Sending & { readonly from: number; readonly to: number },
): void {
  door.contacts.note(asking.device.id);
  door.served.note(holder.rolloutId, to - from);
  if (holder.attemptId !== null) door.marks.advance(holder.attemptId, artifact.id, { from, to });
}

async function noteComplete(door: DdiDoor, request: FastifyRequest, asked: Asked): Promise<void> {
  const { attemptId, assignment } = asked.holder;
  const { components } = await door.releases.of(assignment.release.id);
  const all = components.flatMap(({ artifacts }) => artifacts);
  if (attemptId !== null && door.marks.completes(attemptId, all))
    await noteBytes(door, request, { ...asked, served: 'all-bytes' });
}

/** What cannot be noted stops no download: the device's reports tell the same. */
async function noteBytes(
  door: DdiDoor,
  request: FastifyRequest,
  { asking, holder, served }: Asked & { readonly served: 'first-byte' | 'all-bytes' },
): Promise<void> {
  const { scope, device } = asking;
  try {
    const assignment = holder.assignment.id;
    await door.commands.run('attempt.note-bytes', { scope, device: device.id, assignment, served });
  } catch (error) {
    request.log.warn({ err: error }, `${served} of an attempt could not be noted`);
  }
}
