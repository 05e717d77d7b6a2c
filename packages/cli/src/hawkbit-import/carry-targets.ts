import { MAX_DEVICES_PER_IMPORT } from '@updraft/protocols';
import {
  SourceAttributes,
  SourceAutoConfirm,
  SourceTarget,
  type SourceTarget as Target,
} from '@updraft/protocols/hawkbit-management';
import { carryMetadata } from './carry-metadata.ts';
import { inTurns } from './in-turns.ts';
import { type Ids, type ImportRun, leftOfSource, NOT_MADE, sourceRows, targetRows, written } from './import-run.ts';
import { ManagementRefusal } from './management-client.ts';
import { portionsOf } from './portions.ts';

/** Targets that one request makes. */
const TARGETS_PER_REQUEST = 100;
/** Requests that are under way at once: hawkBit refuses more than 50 writes and 200 reads a second of one address. */
const REQUESTS_AT_ONCE = 4;

/** Targets by name with the tokens that this server shows; some hundred bytes each. */
type Known = Map<string, string | null>;

/** Targets with their tokens, and what the source knows of each. Returns the names of those that are here. */
export async function carryTargets(run: ImportRun, targetTypes: Ids): Promise<ReadonlySet<string>> {
  const known = await knownTargets(run);
  let batch: Target[] = [];
  const list = { kind: 'targets', path: '/targets' } as const;
  for await (const target of sourceRows(run, list, SourceTarget)) {
    run.progress.seen('targets');
    batch.push(target);
    if (batch.length < TARGETS_PER_REQUEST) continue;
    await carryBatch(run, { batch, known, targetTypes });
    batch = [];
  }
  await carryBatch(run, { batch, known, targetTypes });
  return new Set(known.keys());
}

async function knownTargets(run: ImportRun): Promise<Known> {
  const known: Known = new Map();
  for await (const { controllerId, securityToken } of targetRows(run, '/targets', SourceTarget))
    known.set(controllerId, securityToken);
  return known;
}

type Batch = { readonly batch: readonly Target[]; readonly known: Known; readonly targetTypes: Ids };

async function carryBatch(run: ImportRun, { batch, known, targetTypes }: Batch): Promise<void> {
  const fresh = batch.filter(({ controllerId }) => !known.has(controllerId));
  for (const target of batch) if (!fresh.includes(target)) noteThere(run, target, known);
  const made = await makeTargets(run, fresh, targetTypes);
  for (const { controllerId, securityToken } of made) known.set(controllerId, securityToken);
  const here = batch.filter(({ controllerId }) => known.has(controllerId));
  await carryAttributes(run, here);
  await inTurns(here, REQUESTS_AT_ONCE, async (target) => {
    const address = addressOf(target);
    const place = { name: target.controllerId, from: address, to: address };
    await carryMetadata(run, { ...place, here: { isNew: made.includes(target) } });
    if (target.autoConfirmActive) await carryAutoConfirm(run, target);
  });
}

function addressOf({ controllerId }: Target): string {
  return `/targets/${encodeURIComponent(controllerId)}`;
}

/** Where both servers show it. A target with another token here would have its device turned away: that is to be known. */
function noteThere({ report }: ImportRun, { controllerId, securityToken }: Target, known: Known): void {
  const token = known.get(controllerId) ?? securityToken;
  if (token === securityToken || securityToken === null) report.there('targets');
  else report.left({ kind: 'targets', name: controllerId, code: 'token-differs' });
}

/** All at once; where one is refused nothing of the request is done, and each goes by itself. */
async function makeTargets(run: ImportRun, fresh: readonly Target[], types: Ids): Promise<readonly Target[]> {
  if (fresh.length === 0) return [];
  const bodies = fresh.map((target) => bodyOf(run, target, types));
  const made = run.isDry || (await areMade(run, bodies)) ? fresh : await makeEach(run, fresh, types);
  run.report.carried('targets', made.length);
  for (const target of made) tellMissing(run, target, types);
  return made;
}

/** What a target that is carried does not bring along. */
function tellMissing(
  { report }: ImportRun,
  { controllerId: name, securityToken, targetType }: Target,
  types: Ids,
): void {
  if (securityToken === null) report.left({ kind: 'targets', name, code: 'token-hidden' }, 0);
  if (targetType !== null && !types.has(targetType)) report.left({ kind: 'targets', name, code: 'type-missing' }, 0);
}

async function areMade({ target }: ImportRun, bodies: readonly object[]): Promise<boolean> {
  try {
    await target.send('POST', '/targets', bodies);
    return true;
  } catch (error) {
    if (error instanceof ManagementRefusal) return false;
    throw error;
  }
}

async function makeEach(run: ImportRun, fresh: readonly Target[], types: Ids): Promise<readonly Target[]> {
  const made: Target[] = [];
  for (const target of fresh) {
    const thing = { kind: 'targets', name: target.controllerId, instead: true } as const;
    const body = bodyOf(run, target, types);
    const done = await written(run, thing, async () => {
      await run.target.send('POST', '/targets', [body]);
      return true;
    });
    if (done !== null) made.push(target);
  }
  return made;
}

function bodyOf(run: ImportRun, target: Target, types: Ids): object {
  const { controllerId, name, description, address, group, securityToken, targetType } = target;
  const type = targetType === null ? undefined : types.get(targetType);
  return {
    controllerId,
    ...(name === '' ? {} : { name }),
    ...(description === '' ? {} : { description }),
    ...(address === '' ? {} : { address }),
    ...(group === '' ? {} : { group }),
    ...(securityToken === null ? {} : { securityToken }),
    ...(type === undefined || type === NOT_MADE ? {} : { targetType: type }),
  };
}

/** What devices have said of themselves goes over our own API: hawkBit's takes it from devices alone. */
async function carryAttributes(run: ImportRun, targets: readonly Target[]): Promise<void> {
  const devices: { name: string; attributes: Record<string, string> }[] = [];
  await inTurns(targets, REQUESTS_AT_ONCE, async (target) => {
    const attributes = await attributesOf(run, target);
    if (attributes !== null) devices.push({ name: target.controllerId, attributes });
  });
  if (run.isDry) return run.report.carried('attributes', devices.length);
  for (const some of portionsOf(devices, MAX_DEVICES_PER_IMPORT)) {
    const { kept, refused, missing } = await run.api.call('imports.attributes', { body: { devices: some } });
    for (const name of [...refused, ...missing]) run.report.left({ kind: 'attributes', name, code: 'refused' });
    run.report.there('attributes', kept.length);
    run.report.carried('attributes', some.length - kept.length - refused.length - missing.length);
  }
}

async function attributesOf(run: ImportRun, target: Target): Promise<Record<string, string> | null> {
  try {
    const answer = await run.source.show(`${addressOf(target)}/attributes`);
    if (answer === undefined) return null;
    const parsed = SourceAttributes.safeParse(answer);
    if (parsed.success && areTexts(parsed.data)) return Object.keys(parsed.data).length === 0 ? null : parsed.data;
    run.report.left({ kind: 'attributes', name: target.controllerId, code: 'answer-unexpected' });
  } catch (error) {
    if (!(error instanceof ManagementRefusal)) throw error;
    run.report.left(leftOfSource(error, 'attributes', target.controllerId));
  }
  return null;
}

/** One text that no JSON should hold would have all of a request refused. */
function areTexts(attributes: Readonly<Record<string, string>>): boolean {
  return Object.entries(attributes)
    .flat()
    .every((text) => text.isWellFormed() && !text.includes('\u0000'));
}

async function carryAutoConfirm(run: ImportRun, target: Target): Promise<void> {
  const [kind, name] = ['confirmation', target.controllerId] as const;
  const path = `${addressOf(target)}/autoConfirm`;
  const { initiator, remark } = await autoConfirmOf(run, path);
  const body = { ...(initiator === '' ? {} : { initiator }), ...(remark === '' ? {} : { remark }) };
  if (run.isDry) return run.report.carried(kind);
  try {
    await run.target.send('POST', `${path}/activate`, body);
    run.report.carried(kind);
  } catch (error) {
    if (!(error instanceof ManagementRefusal)) throw error;
    if (error.key === 'repo.autoConfAlreadyActive') run.report.there(kind);
    else run.report.left({ kind, name, code: 'refused', reason: error.key, message: error.message });
  }
}

/** Who switched it on, and why, as far as the source says so. */
async function autoConfirmOf({ source }: ImportRun, path: string): Promise<{ initiator: string; remark: string }> {
  const nobody = { initiator: '', remark: '' };
  try {
    const told = SourceAutoConfirm.safeParse(await source.show(path));
    return told.success ? told.data : nobody;
  } catch (error) {
    if (error instanceof ManagementRefusal) return nobody;
    throw error;
  }
}
