import type { BundleComponent, Inspection } from '@updraft/bundles';
import { ExitStatus } from '../exit-status.ts';
import { checkReadable } from '../local-file.ts';
import { bytesText } from '../output/figures.ts';
import type { Printer } from '../output/printer.ts';
import { sheetLines } from '../output/table.ts';
import { harmless } from '../output/text-width.ts';
import { bundleError, problemText } from './bundle-problem.ts';

/** `updraft bundle inspect`: a damaged bundle is told of as far as it can be read, and ends with status 1. */
export async function inspect(print: Printer, file: string): Promise<void> {
  await checkReadable(file);
  const { inspectBundle } = await import('@updraft/bundles');
  const result = await inspectBundle(file);
  if (!result.readable) throw bundleError(result);
  const { inspection } = result;
  print.show({ kind: 'swu', ...inspection }, () => [
    ...headLines(file, inspection),
    ...signerLines(inspection),
    ...section('It installs:', inspection.components.flatMap(componentLines)),
    ...section('It runs:', [...inspection.scripts.flatMap(componentLines), ...embeddedLines(inspection)]),
    ...section(
      'It sets in the boot loader:',
      inspection.bootenv.map((one) => `  ${harmless(`${one.name}=${one.value}`)}${selectionsText(one.selections)}`),
    ),
    ...section('Other members:', otherMembers(inspection)),
    ...section(
      'What cannot be read:',
      inspection.problems.map((problem) => `  ${print.paint('red', problem.code)}: ${harmless(problemText(problem))}`),
    ),
  ]);
  if (inspection.problems.length > 0) throw new ExitStatus('refused');
}

function headLines(file: string, inspection: Inspection): string[] {
  return sheetLines([
    [
      'bundle',
      `${file}, ${bytesText(inspection.bytes)}${inspection.format === null ? '' : `, cpio ${inspection.format}`}`,
    ],
    ['version', inspection.version ?? '-'],
    ['description', inspection.description],
    ['hardware', hardwareText(inspection)],
    ['selections', inspection.selections.map(({ set, mode }) => `${set},${mode}`).join('  ')],
  ]);
}

function hardwareText({ hardware }: Inspection): string {
  return hardware.map(({ board, revision }) => (board === null ? revision : `${board}:${revision}`)).join('  ') || '-';
}

/** Who signed, without a word on whether that is to be believed. */
function signerLines({ signers }: Inspection): string[] {
  if (signers.length === 0) return ['', 'It is not signed.'];
  return signers.flatMap((signer) => [
    '',
    'It says that it is signed by:',
    ...sheetLines([
      ['  subject', signer.subject ?? '(the certificate is not inside)'],
      ['  issuer', signer.issuer],
      ['  serial', signer.serial],
      ['  sha256', signer.fingerprintSha256],
      ['  valid', signer.notBefore && `${signer.notBefore} to ${signer.notAfter ?? ''}`],
      ['  key', signer.key && `${signer.key}, ${signer.digest}`],
      ['  signed', signer.signedAt],
    ]),
  ]);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function componentLines(component: BundleComponent): string[] {
  const target = component.device || component.path || component.volume || component.mtdname;
  const facts = [
    component.type,
    ...(component.size === null ? [] : [bytesText(component.size)]),
    ...(target === '' ? [] : [`to ${target}`]),
    ...(component.name === '' ? [] : [`${component.name} ${component.version}`.trim()]),
    ...(component.compressed === null ? [] : [component.compressed]),
    ...(component.encrypted ? ['encrypted'] : []),
    ...(component.installedDirectly ? ['installed directly'] : []),
  ];
  const intact = component.intact ? [] : ['    its bytes are not those that sw-description names'];
  const hash = component.sha256 === null ? [] : [`    sha256 ${component.sha256}`];
  return [
    `  ${harmless(component.filename || component.section)}: ${harmless(facts.join(', '))}${selectionsText(component.selections)}`,
    ...hash,
    ...intact,
  ];
}

function selectionsText(selections: Inspection['selections']): string {
  return selections.length === 0 ? '' : harmless(` [${selections.map(({ set, mode }) => `${set},${mode}`).join(' ')}]`);
}

function embeddedLines({ embeddedScripts }: Inspection): string[] {
  return embeddedScripts.map((script) => `  embedded Lua, ${bytesText(Buffer.byteLength(script))}`);
}

function otherMembers({ members }: Inspection): string[] {
  const own = new Set(['sw-description', 'sw-description.sig']);
  return members
    .filter((member) => !member.mentioned && !own.has(member.name))
    .map((member) => `  ${harmless(member.name)}, ${bytesText(member.size)}: never installed`);
}
