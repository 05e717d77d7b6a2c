import type { BootVariable, BundleInput, Hardware, MemberInput, Selection, SelectionInput } from '@updraft/bundles';
import path from 'node:path';
import { usageError } from '../cli-error.ts';
import { readTextFile } from '../local-file.ts';

/** The options of `bundle create` that say what is in the bundle. */
export type ContentOptions = {
  readonly version?: string;
  readonly hardware?: readonly string[];
  readonly image?: readonly string[];
  readonly file?: readonly string[];
  readonly archive?: readonly string[];
  readonly script?: readonly string[];
  readonly device?: readonly string[];
  readonly selection?: readonly string[];
  readonly bootenv?: readonly string[];
  readonly type: string;
  readonly compress?: 'zlib' | 'zstd';
  readonly encrypt?: string;
  readonly installedDirectly?: boolean;
  readonly installIf?: 'different' | 'higher';
  readonly name?: string;
  readonly description?: string;
  readonly format: 'crc' | 'newc';
};

const MAX_KEY_FILE_BYTES = 1_024;

/** What the options ask for, as the input of the bundle's writer. */
export async function bundleInput(options: ContentOptions): Promise<BundleInput> {
  if (options.version === undefined) throw usageError('usage', 'Say the version of the software: --version V.');
  if (options.hardware === undefined)
    throw usageError('usage', 'Say the hardware that it is for: --hardware BOARD:REV.');
  options.hardware.forEach(parseHardwareOption);
  const variables = (options.bootenv ?? []).map(parseBootVariable);
  const common = variables.filter((one) => one.selection === null).map((one) => one.variable);
  return {
    version: options.version,
    hardware: options.hardware,
    images: await imagesOf(options),
    files: [
      ...(options.file ?? []).map((text) => placed(text, 'rawfile')),
      ...(options.archive ?? []).map((text) => placed(text, 'archive')),
    ],
    scripts: (options.script ?? []).map((source) => ({
      source,
      type: path.extname(source) === '.lua' ? 'lua' : 'shellscript',
    })),
    selections: selectionsOf(options, variables),
    format: options.format,
    ...(common.length === 0 ? {} : { bootenv: common }),
    ...(options.description === undefined ? {} : { description: options.description }),
  };
}

async function imagesOf(options: ContentOptions): Promise<MemberInput[]> {
  if (options.installIf !== undefined && options.name === undefined)
    throw usageError('usage', '--install-if compares versions by name: give --name.');
  const images = options.image ?? [];
  const devices = new Map((options.device ?? []).map((text) => parsePlace(text, images, '--device')));
  const encrypt = options.encrypt === undefined ? {} : { encrypt: { key: await aesKey(options.encrypt) } };
  return images.map((source) => ({
    source,
    type: options.type,
    ...encrypt,
    ...(devices.has(path.basename(source)) ? { device: devices.get(path.basename(source)) ?? '' } : {}),
    ...(options.name === undefined ? {} : { name: options.name, version: options.version ?? '' }),
    ...(options.compress === undefined ? {} : { compress: options.compress }),
    ...(options.installedDirectly === true ? { installedDirectly: true } : {}),
    ...(options.installIf === 'different' ? { installIfDifferent: true } : {}),
    ...(options.installIf === 'higher' ? { installIfHigher: true } : {}),
  }));
}

/** SWUpdate's key file: the key, and after it an initial vector, which is never used twice and so not taken from there. */
async function aesKey(file: string): Promise<string> {
  const key = (await readTextFile(file, MAX_KEY_FILE_BYTES)).trim().split(/\s+/)[0] ?? '';
  if (!/^([0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$/i.test(key))
    throw usageError('key-unusable', `${file} does not begin with an AES key of 32, 48 or 64 hex digits.`);
  return key;
}

/** `PATH` where there is one image, else `IMAGE=PATH` (or with `:`, inside of a selection). */
function parsePlace(
  text: string,
  images: readonly string[],
  option: string,
  divider = '=',
): readonly [image: string, device: string] {
  const names = images.map((image) => path.basename(image));
  const named = names.find((name) => text.startsWith(name + divider));
  if (named !== undefined) return [named, text.slice(named.length + 1)];
  const [only, second] = names;
  if (only !== undefined && second === undefined) return [only, text];
  throw usageError('usage', `${option} ${text}: with several images say which, as ${only ?? 'IMAGE'}${divider}PATH.`);
}

function placed(text: string, type: string): MemberInput {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw usageError('usage', `"${text}" does not say what goes where; write FILE=PATH.`);
  const archive = type === 'archive' ? { properties: { 'create-destination': 'true' } } : {};
  return { source: text.slice(0, at), path: text.slice(at + 1), type, ...archive };
}

type ScopedVariable = { readonly selection: string | null; readonly variable: BootVariable };

function parseBootVariable(text: string): ScopedVariable {
  const match = /^(?:([^,:=]+,[^,:=]+):)?([^=]+)=(.*)$/s.exec(text);
  if (match === null)
    throw usageError('usage', `"${text}" is no boot variable; write NAME=VALUE or SET,MODE:NAME=VALUE.`);
  return { selection: match[1] ?? null, variable: { name: match[2] ?? '', value: match[3] ?? '' } };
}

/** Every selection that is named, with its devices and variables; in the order in which they are named first. */
function selectionsOf(options: ContentOptions, variables: readonly ScopedVariable[]): SelectionInput[] {
  const places = (options.selection ?? []).map((text) => {
    const match = /^([^=]+)=(.+)$/s.exec(text);
    if (match === null) throw usageError('usage', `"${text}" is no selection; write SET,MODE=PATH.`);
    return { name: match[1] ?? '', place: parsePlace(match[2] ?? '', options.image ?? [], '--selection', ':') };
  });
  const names = new Set([...places.map((one) => one.name), ...variables.flatMap((one) => one.selection ?? [])]);
  return [...names].map((name) => ({
    ...parseSelection(name),
    devices: Object.fromEntries(places.filter((one) => one.name === name).map((one) => one.place)),
    bootenv: variables.filter((one) => one.selection === name).map((one) => one.variable),
  }));
}

/** `SET,MODE`, as in swupdate -e. */
export function parseSelection(text: string): Selection {
  const [set, mode, more] = text.split(',');
  if (!set || !mode || more !== undefined) throw usageError('usage', `"${text}" is no selection; write SET,MODE.`);
  return { set, mode };
}

/** `BOARD:REV`, as in swupdate -H. */
export function parseHardwareOption(text: string): Hardware {
  const at = text.indexOf(':');
  if (at < 1 || at === text.length - 1) throw usageError('usage', `"${text}" is no hardware; write BOARD:REV.`);
  return { board: text.slice(0, at), revision: text.slice(at + 1) };
}
