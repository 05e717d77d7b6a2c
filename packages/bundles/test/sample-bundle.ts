import { newSigningKey } from '../src/index.ts';
import { signDescription } from '../src/create/sign-description.ts';
import { plainArchive, type PlainMember } from './plain-archive.ts';
import { sha256 } from './signing-kit.ts';

/** A good small bundle in memory, in its parts. */
export type SampleBundle = {
  readonly bytes: Buffer;
  readonly head: readonly PlainMember[];
  readonly members: readonly PlainMember[];
  readonly certificatePem: string;
};

const CONTENT = 'content '.repeat(50);

/** Signed with a new key; `text` replaces the whole description. */
export async function sampleBundle(text: string = sampleDescription()): Promise<SampleBundle> {
  const signer = await newSigningKey({ algorithm: 'ec-p256', subject: 'sample', days: 1 });
  const signature = await signDescription(Buffer.from(text), signer, new Date());
  const head = [
    { name: 'sw-description', content: text },
    { name: 'sw-description.sig', content: signature },
  ];
  const members = [{ name: 'a.img', content: CONTENT }];
  return { bytes: plainArchive([...head, ...members]), head, members, certificatePem: signer.certificatePem };
}

export function sampleDescription(more = ''): string {
  const image = `{ filename = "a.img"; type = "raw"; device = "/x"; sha256 = "${sha256(CONTENT)}"; }`;
  return `software = { version = "1.0"; hardware-compatibility = [ "1.0" ]; images = ( ${image} ); ${more} };\n`;
}

/** The bytes in pieces of this size. */
export async function* inPieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
