import { ddiActionBody, ddiPartOf, listedForClient } from '@updraft/protocols';
import type { DdiActionStatus, DdiArtifact, DdiChunk, DdiLinks, DdiUrgency, DdiWindow } from '@updraft/protocols';
import type { ContentComponent, ReportRow, ShownMetadata } from '@updraft/store';
import { askingDevice } from './authenticate.ts';
import type { DdiDoor } from './door.ts';
import { downloadLinks } from './download-links.ts';
import type { DdiRequest } from './exchange.ts';

/** hawkBit shows so many messages at most, whatever is asked for. */
const MAX_SHOWN_MESSAGES = 100;

/** An action as a device is told of it. */
export type ToldAction = {
  /** Its wire id. */
  readonly id: number;
  readonly release: number;
  readonly urgency: DdiUrgency & DdiWindow;
  /** null: none is born. */
  readonly attemptId: number | null;
  readonly status: DdiActionStatus;
};

/** The body that describes an action, with as much of its history as the request asks for. */
export async function actionBodyOf(
  door: DdiDoor,
  request: DdiRequest,
  { action, name }: { readonly action: ToldAction; readonly name?: 'deployment' | 'confirmation' },
): Promise<object> {
  const { components } = await door.releases.of(action.release);
  const metadata = Map.groupBy(await door.releases.shownMetadata(action.release), ({ component }) => component);
  const links = downloadLinks(door, askingDevice(request));
  const userAgent = request.headers['user-agent'];
  const chunks = components.map((component) => {
    return { ...chunkOf(component, links, userAgent), ...metadataIn(metadata.get(component.id) ?? []) };
  });
  const messages = await messagesOf(door, action.attemptId, wantedMessages(request));
  const history = messages.length === 0 ? null : { status: action.status, messages };
  return ddiActionBody({ id: action.id, urgency: action.urgency, chunks, history }, name);
}

/** `actionHistory`: 0 or nothing for none, less than 0 for all that may be shown. What is no number counts as nothing. */
function wantedMessages(request: DdiRequest): number {
  const { actionHistory } = request.query as { readonly actionHistory?: string };
  const wanted = /^-?\d{1,9}$/.test(actionHistory ?? '') ? Number(actionHistory) : 0;
  return wanted < 0 ? MAX_SHOWN_MESSAGES : Math.min(wanted, MAX_SHOWN_MESSAGES);
}

/** What the device said itself, the newest first. */
async function messagesOf(door: DdiDoor, attemptId: number | null, wanted: number): Promise<readonly string[]> {
  if (attemptId === null || wanted === 0) return [];
  const reports = await door.attempts.newestReports(attemptId, MAX_SHOWN_MESSAGES);
  return reports.flatMap(messagesIn).slice(0, wanted);
}

function messagesIn({ details, code }: ReportRow): readonly string[] {
  const said = JSON.parse(details) as readonly string[];
  return code === null ? said : [...said, `Device reported status code: ${code}`];
}

type LinksOf = (component: number, filename: string) => DdiLinks;

function chunkOf(component: ContentComponent, links: LinksOf, userAgent: string | undefined): DdiChunk {
  return {
    part: ddiPartOf(component.kind),
    name: component.name,
    version: component.version,
    ...(component.isEncrypted ? { encrypted: true } : {}),
    artifacts: artifactsOf(component, links, userAgent),
  };
}

function metadataIn(shown: readonly ShownMetadata[]): Pick<DdiChunk, 'metadata'> {
  return shown.length === 0 ? {} : { metadata: shown.map(({ key, value }) => ({ key, value })) };
}

/** The files of a component as links. */
export function artifactsOf(
  component: ContentComponent,
  links: LinksOf,
  userAgent: string | undefined,
): readonly DdiArtifact[] {
  return listedForClient(component.artifacts, userAgent).map(({ filename, sha1, md5, sha256, size }) => ({
    filename,
    hashes: { sha1, md5, sha256 },
    size,
    _links: links(component.id, filename),
  }));
}
