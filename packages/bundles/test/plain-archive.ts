/** A cpio archive made by hand, field by field, so that every field can also be wrong. */
export type PlainMember = {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly magic?: string;
  /** Overrides of the eight characters of header fields. */
  readonly size?: string;
  readonly nameSize?: string;
  readonly checksum?: string;
};

export function plainArchive(members: readonly PlainMember[], options: { readonly trailer?: boolean } = {}): Buffer {
  const pieces = members.map(plainMember);
  if (options.trailer !== false) pieces.push(plainMember({ name: 'TRAILER!!!', content: '' }));
  return Buffer.concat(pieces);
}

export function plainMember(member: PlainMember): Buffer {
  const content = Buffer.from(member.content);
  const name = Buffer.from(`${member.name}\0`);
  const sum = content.reduce((total, byte) => total + byte, 0);
  const magic = member.magic ?? '070702';
  const fields = [1, 0o100644, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, magic === '070702' ? sum : 0].map(
    field,
  );
  if (member.size !== undefined) fields[6] = member.size;
  if (member.nameSize !== undefined) fields[11] = member.nameSize;
  if (member.checksum !== undefined) fields[12] = member.checksum;
  const head = Buffer.concat([Buffer.from(magic + fields.join(''), 'latin1'), name]);
  return Buffer.concat([head, pad(head.length), content, pad(content.length)]);
}

function field(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function pad(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
