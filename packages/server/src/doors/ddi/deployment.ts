import {
  artifactLinks,
  ddiCancel,
  ddiDeployment,
  ddiPartOf,
  listedForClient,
  type DdiAddress,
  type DdiChunk,
} from '@updraft/protocols';
import type { ContentComponent, PolledAssignment } from '@updraft/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { askingDevice, type AskingDevice } from './authenticate.ts';
import { isOnOffer } from './controller-base.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import { jsonEtag, sendJson } from './json-answer.ts';
import { settle, type SettledDevice } from './settle.ts';
import { urgencyOf } from './urgency.ts';
import { parseWireId } from './wire-id.ts';

/** What is offered, and what is to be cancelled. */
export function deploymentRoutes(app: FastifyInstance, door: DdiDoor): void {
  app.get(`${DDI_BASE}/deploymentBase/:action`, async (request, reply) => {
    const asking = askingDevice(request);
    const action = parseWireId(request.params);
    const state = await settled(door, request, asking);
    const found = openAttempt(state, action);
    if (found === null) return sendAbsent(door, asking, { reply, action });
    const { attempt } = found.assignment;
    if (attempt?.state === 'awaiting-evidence') return sendEmpty(reply, 410);
    const isGiven = attempt !== null && isOnOffer(attempt) && (attempt.begunAt !== null || state.settled);
    if (!isGiven) return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
    await noteRetrieval(door, asking, found);
    const chunks = await chunksOf(door, request, { found, address: asking.address });
    const urgency = urgencyOf(found.assignment, state.device.readAt);
    return send(request, reply, ddiDeployment(attempt.number, urgency, chunks));
  });

  app.get(`${DDI_BASE}/cancelAction/:action`, async (request, reply) => {
    const asking = askingDevice(request);
    const action = parseWireId(request.params);
    const found = openAttempt(await settled(door, request, asking), action);
    const attempt = found?.assignment.attempt;
    if (attempt?.state !== 'canceling') return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
    return send(request, reply, ddiCancel(attempt.number));
  });
}

async function settled(door: DdiDoor, request: FastifyRequest, asking: AskingDevice): Promise<SettledDevice> {
  const { scope, device, address } = asking;
  return settle(door, { scope, device, controller: address.controller, log: request.log });
}

function openAttempt({ device }: SettledDevice, action: number | null): PolledAssignment | null {
  return device.open.find(({ assignment }) => assignment.attempt?.number === action) ?? null;
}

/** What has ended is gone; what was never this device's does not exist. */
async function sendAbsent(
  door: DdiDoor,
  { tenant, device }: AskingDevice,
  { reply, action }: { readonly reply: FastifyReply; readonly action: number | null },
): Promise<FastifyReply> {
  const isIts = action !== null && (await door.attempts.isOf(tenant.id, device.id, action));
  return isIts ? sendEmpty(reply, 410) : sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
}

async function noteRetrieval(door: DdiDoor, asking: AskingDevice, { assignment, attemptId }: PolledAssignment) {
  if (attemptId === null || (await door.attempts.isRetrieved(attemptId))) return;
  const { scope, device } = asking;
  await door.commands.run('attempt.note-retrieval', { scope, device: device.id, assignment: assignment.id });
}

type Described = { readonly found: PolledAssignment; readonly address: DdiAddress };

async function chunksOf(door: DdiDoor, request: FastifyRequest, { found, address }: Described): Promise<DdiChunk[]> {
  const { components } = await door.releases.of(found.assignment.release.id);
  return components.map((component) => chunkOf(component, address, request.headers['user-agent']));
}

function chunkOf(component: ContentComponent, address: DdiAddress, userAgent: string | undefined): DdiChunk {
  const artifacts = listedForClient(component.artifacts, userAgent);
  return {
    part: ddiPartOf(component.kind),
    name: component.name,
    version: component.version,
    artifacts: artifacts.map(({ filename, sha1, md5, sha256, size }) => ({
      filename,
      hashes: { sha1, md5, sha256 },
      size,
      _links: artifactLinks(address, component.id, filename),
    })),
  };
}

/** `GET …/softwaremodules/{module}/artifacts`: the same objects as inside a chunk. */
export function artifactListOf(component: ContentComponent, address: DdiAddress, userAgent: string | undefined) {
  return chunkOf(component, address, userAgent).artifacts;
}

function send(request: FastifyRequest, reply: FastifyReply, value: object): FastifyReply {
  const body = JSON.stringify(value);
  return sendJson({ request, reply }, { body, etag: jsonEtag(body) });
}
