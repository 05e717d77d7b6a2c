import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Bench, type Case, createBench, judgeAll, PARALLEL } from './differential.ts';
import { CA, issue, type Issued, MAIL, signWithOpenssl, SIGNS } from './signing-kit.ts';

test('a signature is good exactly where the real SWUpdate takes it', { concurrency: PARALLEL }, async (context) => {
  const bench = await createBench(context);
  if (bench === undefined) return;
  await judgeAll(context, bench, [
    ...(await purposes(bench)),
    ...(await chains(bench)),
    ...(await validity(bench)),
    ...(await algorithms(bench)),
    ...forms(bench),
    ...(await severalSigners(bench)),
  ]);
});

/** Self-signed certificates: what extendedKeyUsage, keyUsage and nsCertType allow. */
async function purposes(bench: Bench): Promise<Case[]> {
  const rows: readonly (readonly [string, readonly string[], Case['expect']])[] = [
    ['emailProtection and digitalSignature', [MAIL, SIGNS], 'good'],
    ['no extendedKeyUsage', [SIGNS], 'good'],
    ['no extension at all', [], 'good'],
    ['CA flag false and nothing else', ['basicConstraints=CA:FALSE'], 'good'],
    ['a CA that signs itself', [...CA.slice(0, 1), MAIL], 'good'],
    ['codeSigning only', [SIGNS, 'extendedKeyUsage=codeSigning'], 'purpose-wrong'],
    ['codeSigning and emailProtection', [SIGNS, 'extendedKeyUsage=codeSigning,emailProtection'], 'good'],
    ['anyExtendedKeyUsage only', [SIGNS, 'extendedKeyUsage=anyExtendedKeyUsage'], 'purpose-wrong'],
    ['keyUsage keyEncipherment only', [MAIL, 'keyUsage=keyEncipherment'], 'purpose-wrong'],
    ['keyUsage nonRepudiation only', [MAIL, 'keyUsage=nonRepudiation'], 'good'],
    ['keyUsage keyCertSign only', [MAIL, 'keyUsage=keyCertSign'], 'purpose-wrong'],
    ['nsCertType client', ['nsCertType=client'], 'good'],
    ['nsCertType email', ['nsCertType=email'], 'good'],
    ['nsCertType server', ['nsCertType=server'], 'purpose-wrong'],
    ['an unknown critical extension', [MAIL, SIGNS, '1.2.3.4.5=critical,DER:0500'], 'certificate-refused'],
    ['a critical subjectAltName', [MAIL, SIGNS, 'subjectAltName=critical,email:a@example.org'], 'good'],
  ];
  const cases: Case[] = [];
  for (const [index, [name, extensions, expect]] of rows.entries()) {
    const signer = await issue(bench.folder, { name: `purpose-${index}`, extensions });
    cases.push({ name, expect, sign: signedBy(bench, signer), trust: signer.cert });
  }
  return cases;
}

async function chains(bench: Bench): Promise<Case[]> {
  const { folder } = bench;
  const root = await issue(folder, { name: 'root', extensions: CA });
  const between = await issue(folder, { name: 'between', extensions: CA, issuer: root });
  const leaf = await issue(folder, { name: 'leaf', issuer: between });
  const child = await issue(folder, { name: 'child', issuer: root });
  const noCa = await issue(folder, { name: 'no-ca', extensions: ['basicConstraints=CA:FALSE'] });
  const mute = await issue(folder, { name: 'mute', extensions: ['basicConstraints=critical,CA:TRUE', SIGNS] });
  const code = await issue(folder, { name: 'code-root', extensions: [...CA, 'extendedKeyUsage=codeSigning'] });
  const short = await issue(folder, {
    name: 'short',
    extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', ...CA.slice(1)],
  });
  const long = await issue(folder, { name: 'long', extensions: CA, issuer: short });
  const constrained = await issue(folder, {
    name: 'constrained',
    extensions: [...CA, 'nameConstraints=permitted;email:example.org'],
  });
  const under = (issuer: Issued): Promise<Issued> => issue(folder, { name: `under-${issuer.name}`, issuer });
  const both = await together(folder, 'both.pem', [root, between]);
  return [
    { name: 'a signer issued by the trusted root', expect: 'good', sign: signedBy(bench, child), trust: root.cert },
    {
      name: 'a signer that is trusted without its issuer',
      expect: 'signer-unknown',
      sign: signedBy(bench, child),
      trust: child.cert,
    },
    { name: 'a trusted intermediate', expect: 'good', sign: signedBy(bench, leaf), trust: both },
    {
      name: 'an intermediate only inside the signature',
      expect: 'intermediate-not-trusted',
      sign: signedBy(bench, leaf, ['-certfile', between.cert]),
      trust: root.cert,
    },
    {
      name: 'an intermediate that is missing',
      expect: 'signer-unknown',
      sign: signedBy(bench, leaf),
      trust: root.cert,
    },
    {
      name: 'an intermediate without its root',
      expect: 'signer-unknown',
      sign: signedBy(bench, leaf),
      trust: between.cert,
    },
    { name: 'another signer', expect: 'signer-unknown', trust: root.cert },
    {
      name: 'an issuer that is no CA',
      expect: 'certificate-refused',
      sign: signedBy(bench, await under(noCa)),
      trust: noCa.cert,
    },
    {
      name: 'a CA that may not sign certificates',
      expect: 'signer-unknown',
      sign: signedBy(bench, await under(mute)),
      trust: mute.cert,
    },
    {
      name: 'a root for codeSigning only',
      expect: 'purpose-wrong',
      sign: signedBy(bench, await under(code)),
      trust: code.cert,
    },
    {
      name: 'a path longer than its CA allows',
      expect: 'certificate-refused',
      sign: signedBy(bench, await under(long)),
      trust: await together(folder, 'long.pem', [short, long]),
    },
    {
      name: 'a root with name constraints',
      expect: 'name-constraints',
      real: 'good',
      sign: signedBy(bench, await under(constrained)),
      trust: constrained.cert,
    },
  ];
}

async function validity(bench: Bench): Promise<Case[]> {
  const { folder } = bench;
  const past = await issue(folder, { name: 'past', to: '20210101000000Z' });
  const future = await issue(folder, { name: 'future', from: '20900101000000Z' });
  const pastRoot = await issue(folder, { name: 'past-root', extensions: CA, to: '20210101000000Z' });
  const child = await issue(folder, { name: 'past-child', issuer: pastRoot });
  return [
    { name: 'an expired signer', expect: 'certificate-expired', sign: signedBy(bench, past), trust: past.cert },
    {
      name: 'a signer of the future',
      expect: 'certificate-not-yet-valid',
      sign: signedBy(bench, future),
      trust: future.cert,
    },
    { name: 'an expired root', expect: 'certificate-expired', sign: signedBy(bench, child), trust: pastRoot.cert },
  ];
}

async function algorithms(bench: Bench): Promise<Case[]> {
  const rsa = await issue(bench.folder, { name: 'rsa', algorithm: '2048' });
  const large = await issue(bench.folder, { name: 'large', algorithm: '4096' });
  const weak = await issue(bench.folder, { name: 'weak', algorithm: '1024' });
  const digests = ['md5', 'sha1', 'sha224', 'sha384', 'sha512', 'sha3-256', 'ripemd160'];
  return [
    { name: 'RSA 4096', expect: 'good', sign: signedBy(bench, large), trust: large.cert },
    { name: 'RSA 1024', expect: 'good', sign: signedBy(bench, weak), trust: weak.cert },
    {
      name: 'RSA-PSS',
      expect: 'good',
      sign: signedBy(bench, rsa, ['-keyopt', 'rsa_padding_mode:pss']),
      trust: rsa.cert,
    },
    ...digests.map((digest): Case => ({
      name: digest,
      expect: 'good',
      sign: signedBy(bench, rsa, ['-md', digest]),
      trust: rsa.cert,
    })),
  ];
}

/** How the signature is written down. */
function forms(bench: Bench): Case[] {
  const sign = signedBy(bench, bench.signer);
  return [
    {
      name: 'without certificates',
      expect: 'signer-certificate-missing',
      sign: signedBy(bench, bench.signer, ['-nocerts']),
    },
    { name: 'with the content inside', expect: 'good', sign: signedBy(bench, bench.signer, ['-nodetach']) },
    { name: 'without signed attributes', expect: 'good', sign: signedBy(bench, bench.signer, ['-noattr']) },
    { name: 'signer named by its key id', expect: 'good', sign: signedBy(bench, bench.signer, ['-keyid']) },
    { name: 'indefinite lengths', expect: 'good', sign: signedBy(bench, bench.signer, ['-stream']) },
    { name: 'CAdES attributes', expect: 'good', sign: signedBy(bench, bench.signer, ['-cades']) },
    {
      name: 'bytes after the signature',
      expect: 'good',
      sign: async (what) => Buffer.concat([await sign(what), Buffer.from('more')]),
    },
    {
      name: 'a signature in PEM',
      expect: 'signature-malformed',
      sign: async (what) => Buffer.from((await sign(what)).toString('base64')),
    },
    { name: 'an empty signature', expect: 'signature-malformed', sign: () => Promise.resolve(Buffer.alloc(0)) },
    {
      name: 'a cut signature',
      expect: 'signature-malformed',
      sign: async (what) => (await sign(what)).subarray(0, -20),
    },
    { name: 'a description changed after signing', expect: 'description-altered', sign: (what) => sign(`${what} `) },
    {
      name: 'one bit of the signature changed',
      expect: 'signature-wrong',
      sign: async (what) => flipLastBit(await sign(what)),
    },
  ];
}

async function severalSigners(bench: Bench): Promise<Case[]> {
  const other = await issue(bench.folder, { name: 'other' });
  const two = (what: string): Promise<Buffer> => signWithOpenssl(bench.folder, what, [other, bench.signer]);
  return [
    { name: 'one of two signers is trusted', expect: 'good', sign: two },
    { name: 'the other of two signers is trusted', expect: 'good', sign: two, trust: other.cert },
    {
      name: 'a trusted signer beside one whose signature is wrong',
      expect: 'signature-wrong',
      sign: async (what) => flipLastBit(await signWithOpenssl(bench.folder, what, [bench.signer, other])),
    },
  ];
}

function signedBy({ folder }: Bench, signer: Issued, extra: readonly string[] = []): (what: string) => Promise<Buffer> {
  return (what) => signWithOpenssl(folder, what, [signer], extra);
}

/** The signature value is the last field of a SignedData. */
function flipLastBit(signature: Buffer): Buffer {
  const changed = Buffer.from(signature);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}

async function together(folder: string, name: string, certificates: readonly Issued[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, (await Promise.all(certificates.map(({ cert }) => readFile(cert, 'utf8')))).join(''));
  return path;
}
