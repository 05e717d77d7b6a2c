import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  type Case,
  createBench,
  description,
  IMAGE,
  IMAGE_MEMBER,
  imageEntry,
  judgeAll,
  PARALLEL,
} from './differential.ts';
import { plainArchive } from './plain-archive.ts';

test('an archive is good exactly where the real SWUpdate takes it', { concurrency: PARALLEL }, async (context) => {
  const bench = await createBench(context);
  if (bench !== undefined) await judgeAll(context, bench, [...headers(), ...order(), ...names(), ...compressed()]);
});

function headers(): Case[] {
  return [
    { name: 'a sum that is wrong', expect: 'checksum-wrong', members: [{ ...IMAGE_MEMBER, checksum: '00000001' }] },
    {
      name: 'newc, whose sum means nothing',
      expect: 'good',
      members: [{ ...IMAGE_MEMBER, magic: '070701', checksum: '00000001' }],
    },
    { name: 'an old magic', expect: 'bad-magic', members: [{ ...IMAGE_MEMBER, magic: '070707' }] },
    { name: 'a negative size', expect: 'bad-header', real: 'bad', members: [{ ...IMAGE_MEMBER, size: '-0000001' }] },
    {
      name: 'a size with blanks',
      expect: 'bad-header',
      real: 'good',
      members: [{ ...IMAGE_MEMBER, size: '     960' }],
    },
    { name: 'a size of 4 GiB', expect: 'truncated', members: [{ ...IMAGE_MEMBER, size: 'ffffffff' }] },
    {
      name: 'a size in capitals',
      expect: 'good',
      members: [
        { ...IMAGE_MEMBER, size: '00000960' },
        { name: 'x', content: 'x'.repeat(10), size: '0000000A' },
      ],
    },
    { name: 'a name of 254 bytes', expect: 'good', members: [IMAGE_MEMBER, { name: 'x'.repeat(254), content: 'x' }] },
    {
      name: 'a name of 255 bytes',
      expect: 'name-too-long',
      members: [IMAGE_MEMBER, { name: 'x'.repeat(255), content: 'x' }],
    },
  ];
}

function order(): Case[] {
  return [
    { name: 'as it should be', expect: 'good' },
    {
      name: 'no signature',
      expect: 'signature-missing',
      archive: ({ head, members }) => plainArchive([...head.slice(0, 1), ...members]),
    },
    {
      name: 'the signature at the end',
      expect: 'signature-not-second',
      archive: ({ head, members }) => plainArchive([...head.slice(0, 1), ...members, ...head.slice(1)]),
    },
    {
      name: 'the description at the end',
      expect: 'description-not-first',
      archive: ({ head, members }) => plainArchive([...members, ...head]),
    },
    { name: 'no description', expect: 'description-missing', archive: ({ members }) => plainArchive(members) },
    {
      name: 'no trailer',
      expect: 'truncated',
      archive: ({ head, members }) => plainArchive([...head, ...members], { trailer: false }),
    },
    {
      name: 'cut in the zeros after the trailer',
      expect: 'good',
      archive: ({ head, members }) => plainArchive([...head, ...members]).subarray(0, -1),
    },
    {
      name: 'cut before the zeros after the trailer',
      expect: 'good',
      archive: ({ head, members }) => plainArchive([...head, ...members]).subarray(0, -3),
    },
    {
      name: "cut before the NUL of the trailer's name",
      expect: 'truncated',
      archive: ({ head, members }) => plainArchive([...head, ...members]).subarray(0, -4),
    },
    {
      name: 'cut in the image',
      expect: 'truncated',
      archive: ({ head, members }) => plainArchive([...head, ...members], { trailer: false }).subarray(0, -100),
    },
    {
      name: 'bytes after the trailer',
      expect: 'good',
      archive: ({ head, members }) => Buffer.concat([plainArchive([...head, ...members]), Buffer.alloc(100_000, 65)]),
    },
    {
      name: 'a member that nothing mentions',
      expect: 'good',
      members: [IMAGE_MEMBER, { name: 'extra', content: 'x' }],
    },
    { name: 'a missing member', expect: 'member-missing', members: [] },
    { name: 'the same member twice', expect: 'duplicate-member', real: 'good', members: [IMAGE_MEMBER, IMAGE_MEMBER] },
    { name: 'a changed member', expect: 'hash-mismatch', members: [{ ...IMAGE_MEMBER, content: 'other' }] },
  ];
}

function names(): Case[] {
  const rows: readonly (readonly [string, Case['expect'], Case['real'], string])[] = [
    ['./a.img', 'good', 'good', ''],
    ['scripts/a.img', 'good', 'good', ''],
    ['sub/a.img', 'member-not-extractable', 'bad', ''],
    ['sub/a.img', 'good', 'good', 'installed-directly = true;'],
    ['../a.img', 'name-unsafe', 'good', ''],
    ['/tmp/updraft-no-such-folder/a.img', 'name-unsafe', 'bad', ''],
  ];
  return rows.map(([name, expect, real, more]) => ({
    name: `a member named ${name} ${more}`,
    expect,
    ...(real === undefined ? {} : { real }),
    description: description(`images: ( ${imageEntry(IMAGE, more, name)} );`),
    members: [{ name, content: IMAGE }],
  }));
}

/** Compressed members: what counts is that SWUpdate can decode them. */
function compressed(): Case[] {
  const zlib = gzipSync(IMAGE);
  const zstd = zstdCompressSync(IMAGE);
  const more = Buffer.alloc(10, 65);
  const much = Buffer.alloc(100_000, 65);
  const rows: readonly (readonly [string, string, Buffer, Case['expect'], Case['real']?])[] = [
    ['zlib', '"zlib"', zlib, 'good'],
    ['zstd', '"zstd"', zstd, 'good'],
    ['the old boolean form', 'true', zlib, 'good'],
    ['zstd by its number', '3', zstd, 'good'],
    ['an unknown number', '7', IMAGE, 'field-invalid'],
    ['xz', '"xz"', IMAGE, 'field-invalid'],
    ['zlib that is none', '"zlib"', IMAGE, 'member-not-decodable'],
    ['zstd that is none', '"zstd"', IMAGE, 'member-not-decodable'],
    ['zlib in two members', '"zlib"', Buffer.concat([zlib, zlib]), 'good'],
    ['zstd in two frames', '"zstd"', Buffer.concat([zstd, zstd]), 'good'],
    ['zlib cut short', '"zlib"', zlib.subarray(0, 40), 'member-ragged', 'good'],
    ['zstd cut short', '"zstd"', zstd.subarray(0, 30), 'member-ragged', 'good'],
    ['zlib with a few bytes after it', '"zlib"', Buffer.concat([zlib, more]), 'member-ragged', 'good'],
    ['zlib with many bytes after it', '"zlib"', Buffer.concat([zlib, much]), 'member-ragged', 'bad'],
    ['zstd with bytes after it', '"zstd"', Buffer.concat([zstd, more]), 'member-ragged', 'bad'],
    ['zlib changed in the middle', '"zlib"', changed(zlib), 'member-not-decodable'],
    ['nothing at all', '"zstd"', Buffer.alloc(0), 'member-ragged', 'good'],
  ];
  return rows.map(([name, setting, content, expect, real]) => ({
    name: `compressed: ${name}`,
    expect,
    ...(real === undefined ? {} : { real }),
    description: description(`images: ( ${imageEntry(content, `compressed = ${setting};`)} );`),
    members: [{ name: 'a.img', content }],
  }));
}

function changed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[14] = (copy[14] ?? 0) ^ 0xff;
  return copy;
}
