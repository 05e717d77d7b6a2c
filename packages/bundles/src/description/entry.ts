import { refuse } from '../bundle-problem.ts';
import { handlerVerdict, needsNoData, type Section } from './handlers.ts';
import { entriesOf, flagOf, member, type Setting, type SettingTree, textOf } from './setting.ts';

export type Compression = 'zlib' | 'zstd';

/** One image, file, script, partition or boot script, in the words of sw-description. Absent settings are empty strings, as in SWUpdate. */
export type Entry = {
  readonly section: Section;
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly type: string;
  readonly device: string;
  readonly path: string;
  readonly volume: string;
  readonly mtdname: string;
  readonly filesystem: string;
  readonly data: string;
  readonly hook: string;
  /** Lower-case hex of the member as it is stored, or null. */
  readonly sha256: string | null;
  readonly compressed: Compression | null;
  readonly encrypted: boolean;
  /** 32 hex digits, or empty: then the device's own. */
  readonly ivt: string;
  readonly installedDirectly: boolean;
  readonly preserveAttributes: boolean;
  readonly installIfDifferent: boolean;
  readonly installIfHigher: boolean;
  readonly properties: Readonly<Record<string, readonly string[]>>;
};

/** Reads the attributes that all sections share. Throws `field-invalid` for what SWUpdate refuses already while parsing. */
export function readEntry(tree: SettingTree, setting: Setting, section: Section): Entry {
  const text = (name: string): string => textOf(member(setting, name)) ?? '';
  const flag = (name: string): boolean => flagOf(tree.syntax, member(setting, name));
  const filename = text('filename');
  if (tree.syntax === 'libconfig') checkOffset(member(setting, 'offset'), filename);
  return {
    section,
    name: text('name'),
    version: text('version'),
    filename,
    type: text('type') || defaultType(section, text('volume'), text('device')),
    device: text('device'),
    path: text('path'),
    volume: section === 'partitions' ? text('name') || text('volume') : text('volume'),
    mtdname: text('mtdname'),
    filesystem: text('filesystem'),
    data: text('data'),
    hook: text('hook'),
    sha256: hashOf(text('sha256')),
    compressed: compressionOf(member(setting, 'compressed'), filename),
    encrypted: flag('encrypted'),
    ivt: text('ivt'),
    installedDirectly: flag('installed-directly'),
    preserveAttributes: flag('preserve-attributes'),
    installIfDifferent: flag('install-if-different'),
    installIfHigher: flag('install-if-higher'),
    properties: propertiesOf(member(setting, 'properties')),
  };
}

/** Throws when SWUpdate would refuse the entry before it looks at its member: unknown type, type in the wrong section, no sha256. */
export function checkEntry(entry: Entry): void {
  const where = { member: entry.filename, detail: entry.type };
  const verdict = handlerVerdict(entry.type, entry.section);
  if (verdict !== 'allowed') throw refuse(verdict, where);
  if (entry.section !== 'bootenv' && !needsNoData(entry.type) && entry.sha256 === null)
    throw refuse('hash-missing', where);
}

function defaultType(section: Section, volume: string, device: string): string {
  switch (section) {
    case 'images':
      return volume !== '' ? 'ubivol' : device !== '' ? 'raw' : '';
    case 'files':
      return 'rawfile';
    case 'scripts':
      return 'lua';
    case 'partitions':
      return 'ubipartition';
    case 'bootenv':
      return '';
  }
}

/** Only 64 characters count as a hash, and 64 zeros count as none. */
function hashOf(text: string): string | null {
  return text.length !== 64 || /^0*$/.test(text) ? null : text.toLowerCase();
}

function compressionOf(setting: Setting | undefined, filename: string): Compression | null {
  if (setting?.kind === 'string') {
    if (setting.value === 'zlib' || setting.value === 'zstd') return setting.value;
    throw refuse('field-invalid', { member: filename, detail: `compressed = ${JSON.stringify(setting.value)}` });
  }
  const value =
    setting?.kind === 'bool'
      ? Number(setting.value)
      : setting?.kind === 'int' || setting?.kind === 'int64'
        ? setting.value
        : 0;
  if (value > 3 || value < 0) throw refuse('field-invalid', { member: filename, detail: `compressed = ${value}` });
  return value === 0 ? null : value === 3 ? 'zstd' : 'zlib';
}

/** An offset is a number, or a string that begins with one; SWUpdate ignores what it cannot read after it. */
function checkOffset(setting: Setting | undefined, filename: string): void {
  if (setting?.kind !== 'string' || /^$|^\s*[-+]?[0-9]/.test(setting.value)) return;
  throw refuse('field-invalid', { member: filename, detail: `offset = ${JSON.stringify(setting.value)}` });
}

function propertiesOf(setting: Setting | undefined): Record<string, readonly string[]> {
  if (setting?.kind !== 'group') return {};
  const properties: [string, string[]][] = [];
  for (const [name, value] of setting.members) {
    const texts = value.kind === 'string' ? [value.value] : entriesOf(value).flatMap((item) => textOf(item) ?? []);
    properties.push([name, texts]);
  }
  return Object.fromEntries(properties);
}
