import { test } from 'node:test';
import {
  type Case,
  createBench,
  description,
  IMAGE,
  IMAGE_ENTRY,
  IMAGE_MEMBER,
  imageEntry,
  judgeAll,
  PARALLEL,
} from './differential.ts';
import { sha256 } from './signing-kit.ts';

const HASH = sha256(IMAGE);
const COPY1 = { set: 'stable', mode: 'copy1' };

test('a description is good exactly where the real SWUpdate takes it', { concurrency: PARALLEL }, async (context) => {
  const bench = await createBench(context);
  if (bench !== undefined)
    await judgeAll(context, bench, [...sections(), ...common(), ...links(), ...sharing(), ...json()]);
});

/** Rows of name, verdict and the text of a description's sections. */
type Row = readonly [string, Case['expect'], string, Partial<Case>?];

function cases(rows: readonly Row[]): Case[] {
  return rows.map(([name, expect, text, more]) => ({ name, expect, description: description(text), ...more }));
}

function sections(): Case[] {
  const script = `filename = "a.img"; sha256 = "${HASH}";`;
  const extra = { members: [IMAGE_MEMBER, { name: 'b', content: 'b' }] };
  return cases([
    ['a shell script', 'good', `scripts: ( { ${script} type = "shellscript"; } );`],
    ['a script without sha256', 'hash-missing', `scripts: ( { filename = "a.img"; type = "shellscript"; } );`],
    ['a script without a file', 'good', `scripts: ( { type = "shellscript"; sha256 = "${HASH}"; } );`],
    [
      'a script that needs no file',
      'good',
      `scripts: ( { type = "toggleboot"; device = "/dev/x"; } );`,
      { members: [] },
    ],
    [
      'a script installed directly',
      'script-streamed',
      `scripts: ( { ${script} type = "shellscript"; installed-directly = true; } );`,
    ],
    [
      'a compressed script that is none',
      'member-not-decodable',
      `scripts: ( { ${script} type = "lua"; compressed = "zlib"; } );`,
    ],
    ['an unknown type', 'type-unknown', `images: ( { ${script} type = "nope"; } );`],
    ['a type that Debian does not build', 'type-unknown', `scripts: ( { ${script} type = "copy"; } );`],
    ['an image without a type', 'type-unknown', `images: ( { ${script} } );`],
    ['an image of a script type', 'type-not-allowed', `images: ( { ${script} type = "shellscript"; } );`],
    ['a file of an image type', 'good', `files: ( { ${script} type = "raw"; device = "/nowhere"; } );`],
    ['a file without a type', 'good', `files: ( { ${script} path = "/nowhere/f"; } );`],
    ['an image without a file name', 'nothing-to-install', `images: ( { type = "raw"; sha256 = "${HASH}"; } );`],
    ['an image whose file name is empty', 'field-invalid', `images: ( ${imageEntry(IMAGE, '', '')} );`],
    ['one that is installed directly', 'good', `images: ( ${imageEntry(IMAGE, 'installed-directly = true;', '')} );`],
    [
      'a script whose file name is empty',
      'good',
      `scripts: ( { ${script.replace('a.img', '')} type = "shellscript"; } );`,
    ],
    ['boot variables only', 'good', `bootenv: ( { name = "a"; value = "b"; } );`, { members: [] }],
    [
      'a boot script',
      'good',
      `images: ( ${IMAGE_ENTRY} ); uboot: ( { filename = "b"; type = "uboot"; sha256 = "${sha256('b')}"; } );`,
      extra,
    ],
    [
      'a missing boot script',
      'member-missing',
      `images: ( ${IMAGE_ENTRY} ); uboot: ( { filename = "b"; type = "uboot"; } );`,
    ],
    [
      'a boot script with another hash',
      'hash-mismatch',
      `images: ( ${IMAGE_ENTRY} ); uboot: ( { filename = "b"; type = "uboot"; sha256 = "${HASH}"; } );`,
      extra,
    ],
    [
      'a boot script without a hash',
      'good',
      `images: ( ${IMAGE_ENTRY} ); uboot: ( { filename = "b"; type = "uboot"; } );`,
      extra,
    ],
    [
      'a partition',
      'good',
      `images: ( ${IMAGE_ENTRY} ); partitions: ( { type = "diskpart"; device = "/dev/none"; } );`,
    ],
    ['a partition without a device', 'good', `images: ( ${IMAGE_ENTRY} ); partitions: ( { type = "diskpart"; } );`],
    [
      'a partition of an image type',
      'type-not-allowed',
      `images: ( ${IMAGE_ENTRY} ); partitions: ( { type = "raw"; device = "/dev/none"; } );`,
    ],
    ['images as a group', 'good', `images: { one = ${IMAGE_ENTRY}; };`],
    ['nothing', 'nothing-to-install', ''],
    ['an embedded script', 'good', `embedded-script = "function f(i) return true, i end"; images: ( ${IMAGE_ENTRY} );`],
    [
      'an embedded script that does not load',
      'good',
      `embedded-script = "this is no Lua"; images: ( ${IMAGE_ENTRY} );`,
      { real: 'bad' },
    ],
    [
      'an encrypted image, whose key only the device has',
      'good',
      `images: ( ${imageEntry(IMAGE, 'encrypted = true;')} );`,
      { real: 'bad' },
    ],
    ['an encrypted image of 17 bytes', 'member-not-decryptable', ...encryptedOf(Buffer.alloc(17))],
    ['an encrypted image without bytes', 'member-not-decryptable', ...encryptedOf(Buffer.alloc(0))],
  ]);
}

function encryptedOf(content: Buffer): [string, Partial<Case>] {
  return [`images: ( ${imageEntry(content, 'encrypted = true;')} );`, { members: [{ name: 'a.img', content }] }];
}

function common(): Case[] {
  const software = (settings: string): Partial<Case> => ({
    description: `software = { ${settings} images: ( ${IMAGE_ENTRY} ); };`,
  });
  const hardware = 'hardware-compatibility = [ "1.0" ];';
  const version = 'version = "1";';
  return cases([
    ['no version', 'version-missing', '', software(hardware)],
    ['a version that is a number', 'good', '', software(`version = 1.5; ${hardware}`)],
    ['no hardware', 'hardware-missing', '', software(version)],
    ['no revision', 'hardware-missing', '', software(`${version} hardware-compatibility = [];`)],
    ['hardware that is no list', 'hardware-missing', '', software(`${version} hardware-compatibility = "1.0";`)],
    ['hardware as a list', 'good', '', software(`${version} hardware-compatibility = ( 1, "1.0" );`)],
    ['another revision', 'hardware-not-compatible', '', software(`${version} hardware-compatibility = [ "1.1" ];`)],
    [
      'a regular expression',
      'good',
      '',
      software(`${version} hardware-compatibility = [ "#RE:^[[:digit:]]\\\\.(0|2)$" ];`),
    ],
    [
      'a regular expression that matches within',
      'good',
      '',
      software(`${version} hardware-compatibility = [ "#RE:\\\\." ];`),
    ],
    [
      'a regular expression that does not match',
      'hardware-not-compatible',
      '',
      software(`${version} hardware-compatibility = [ "#RE:^1$" ];`),
    ],
    [
      'a regular expression that is none',
      'hardware-regex',
      '',
      software(`${version} hardware-compatibility = [ "#RE:(1" ];`),
    ],
    [
      'a hash in capitals',
      'good',
      `images: ( { filename = "a.img"; type = "raw"; sha256 = "${HASH.toUpperCase()}"; } );`,
    ],
    ['a short hash', 'hash-missing', `images: ( { filename = "a.img"; type = "raw"; sha256 = "${HASH.slice(1)}"; } );`],
    [
      'a hash of zeros',
      'hash-missing',
      `images: ( { filename = "a.img"; type = "raw"; sha256 = "${'0'.repeat(64)}"; } );`,
    ],
    ['an offset that is no number', 'field-invalid', `images: ( ${imageEntry(IMAGE, 'offset = "abc";')} );`],
    ['an offset with a suffix', 'good', `images: ( ${imageEntry(IMAGE, 'offset = "1Kx";')} );`],
    ['syntax', 'description-syntax', '', { description: 'software = {' }],
    ['an empty description', 'version-missing', '', { description: '' }],
    [
      'a comment at the very end',
      'description-syntax',
      '',
      { description: `${description(`images: ( ${IMAGE_ENTRY} );`)}# end` },
    ],
    [
      'a nesting of 40',
      'description-too-deep',
      `images: ( ${IMAGE_ENTRY} ); x = ${'('.repeat(40)}${')'.repeat(40)};`,
      { real: 'good' },
    ],
    [
      'an included file',
      'description-include',
      `images: ( ${IMAGE_ENTRY} );\n@include "/dev/null"\n`,
      { real: 'good' },
    ],
    ['a setting twice', 'description-syntax', `version = "2"; images: ( ${IMAGE_ENTRY} );`],
  ]);
}

function links(): Case[] {
  const one = { selection: COPY1 };
  return cases([
    ['a link to nothing', 'good', `images: ( ${IMAGE_ENTRY}, { ref = "#./nope"; } );`],
    ['a link that is none', 'field-invalid', `images: ( ${IMAGE_ENTRY}, { ref = "nope"; } );`],
    ['a link to a list beside', 'good', `common: ( ${IMAGE_ENTRY} ); images: ( { ref = "#./common"; } );`],
    ['a link from the root', 'good', `common: ( ${IMAGE_ENTRY} ); images: ( { ref = "#/software/common"; } );`],
    ['a link in a circle', 'description-links', `images: ( ${IMAGE_ENTRY}, { ref = "#./images"; } );`],
    ['a selection', 'good', `stable: { copy1: { images: ( ${IMAGE_ENTRY} ); }; };`, one],
    [
      'a selection that links to its neighbour',
      'good',
      `stable: { copy1: { ref = "#./copy2"; }; copy2: { images: ( ${IMAGE_ENTRY} ); }; };`,
      one,
    ],
    ['a selection that is not there', 'selection-missing', `stable: { copy2: { images: ( ${IMAGE_ENTRY} ); }; };`, one],
    [
      'images outside of the selection',
      'good',
      `images: ( ${IMAGE_ENTRY} ); stable: { copy1: { bootenv: ( { name = "a"; value = "b"; } ); }; };`,
      one,
    ],
    [
      'a fault in another selection',
      'good',
      `stable: { copy1: { images: ( ${IMAGE_ENTRY} ); }; copy2: { images: ( { filename = "x"; type = "raw"; } ); }; };`,
      one,
    ],
    [
      'a fault in this selection',
      'hash-missing',
      `stable: { copy2: { images: ( ${IMAGE_ENTRY} ); }; copy1: { images: ( { filename = "x"; type = "raw"; } ); }; };`,
      one,
    ],
    ['a section of this board', 'good', `lab: { images: ( ${IMAGE_ENTRY} ); };`],
    ['a selection of this board', 'good', `lab: { stable: { copy1: { images: ( ${IMAGE_ENTRY} ); }; }; };`, one],
    ['a section of another board', 'nothing-to-install', `other: { images: ( ${IMAGE_ENTRY} ); };`],
    [
      'a version of this board only',
      'good',
      '',
      {
        description: `software = { hardware-compatibility = [ "1.0" ]; lab: { version = "2"; images: ( ${IMAGE_ENTRY} ); }; };`,
      },
    ],
  ]);
}

/** One member, several entries. */
function sharing(): Case[] {
  const direct = imageEntry(IMAGE, 'installed-directly = true;');
  return cases([
    ['two images of one member', 'good', `images: ( ${IMAGE_ENTRY}, ${IMAGE_ENTRY} );`],
    ['two, the second installed directly', 'member-streamed-twice', `images: ( ${IMAGE_ENTRY}, ${direct} );`],
    ['two, the first installed directly', 'member-streamed-twice', `images: ( ${direct}, ${IMAGE_ENTRY} );`],
    [
      'an image and a script of one member',
      'member-missing',
      `images: ( ${IMAGE_ENTRY} ); scripts: ( { filename = "a.img"; type = "lua"; sha256 = "${HASH}"; } );`,
    ],
    [
      'two scripts of one member',
      'good',
      `scripts: ( { filename = "a.img"; type = "lua"; sha256 = "${HASH}"; }, { filename = "a.img"; type = "shellscript"; sha256 = "${HASH}"; } );`,
    ],
  ]);
}

function json(): Case[] {
  const image = { filename: 'a.img', device: '/nowhere', type: 'raw', sha256: HASH };
  const software = { version: '1.0', 'hardware-compatibility': ['1.0'], images: [image] };
  const text = (tree: object): Partial<Case> => ({ description: JSON.stringify({ software: tree }) });
  return cases([
    ['JSON', 'good', '', text(software)],
    ['JSON with a comment before it', 'good', '', { description: `/* made */ ${JSON.stringify({ software })}` }],
    ['JSON with more after it', 'good', '', { description: `${JSON.stringify({ software })} more` }],
    ['JSON with a trailing comma', 'good', '', { description: JSON.stringify({ software }).replace(/\}\}$/, ',},}') }],
    ['JSON cut short', 'description-syntax', '', { description: JSON.stringify({ software }).slice(0, -1) }],
    ['JSON images that are no list', 'description-shape', '', text({ ...software, images: image })],
    ['JSON images that are null', 'nothing-to-install', '', text({ ...software, images: null })],
    ['JSON scripts that are null', 'good', '', text({ ...software, scripts: null })],
    ['JSON version that is null', 'version-missing', '', text({ ...software, version: null })],
    ['JSON hardware that is no list', 'hardware-missing', '', text({ ...software, 'hardware-compatibility': '1.0' })],
    [
      'JSON selection',
      'good',
      '',
      { ...text({ ...software, images: undefined, stable: { copy1: { images: [image] } } }), selection: COPY1 },
    ],
    ['JSON installed directly', 'good', '', text({ ...software, images: [{ ...image, 'installed-directly': true }] })],
  ]);
}
