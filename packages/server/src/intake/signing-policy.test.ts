import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUNDLE_PROBLEM_CODES } from '@updraft/bundles';
import { decideSigning, type Judgement } from './signing-policy.ts';

const bad = (code: (typeof BUNDLE_PROBLEM_CODES)[number]): Judgement => ({
  kind: 'swu',
  good: false,
  code,
  sentence: 'It is bad.',
  member: 'rootfs.img',
});

test('what is no bundle is accepted and unsigned under every policy', () => {
  for (const policy of ['off', 'warn', 'require'] as const) {
    assert.deepEqual(decideSigning(policy, { kind: 'other' }), { accepted: true, signature: 'unsigned', reason: null });
  }
});

test('a good bundle is verified under every policy', () => {
  for (const policy of ['off', 'warn', 'require'] as const) {
    const decision = decideSigning(policy, { kind: 'swu', good: true });
    assert.deepEqual(decision, { accepted: true, signature: 'verified', reason: null });
  }
});

test('every bad bundle is refused under require, and accepted with the same reason otherwise', () => {
  for (const code of BUNDLE_PROBLEM_CODES) {
    const refused = decideSigning('require', bad(code));
    assert.ok(!refused.accepted);
    assert.equal(refused.reason, code);
    for (const policy of ['off', 'warn'] as const) {
      const accepted = decideSigning(policy, bad(code));
      assert.ok(accepted.accepted);
      assert.equal(accepted.reason, code);
      assert.equal(accepted.signature, code === 'signature-missing' ? 'unsigned' : 'unverified');
    }
  }
});

const codes: Readonly<Record<string, readonly (typeof BUNDLE_PROBLEM_CODES)[number][]>> = {
  'bundle-unsigned': ['signature-missing'],
  'bundle-signer-unknown': ['signer-unknown', 'intermediate-not-trusted', 'purpose-wrong', 'certificate-expired'],
  'bundle-signature-wrong': ['signature-wrong', 'description-altered', 'signature-malformed', 'signature-algorithm'],
  'bundle-content-mismatch': ['hash-mismatch', 'checksum-wrong', 'member-missing', 'member-not-decodable'],
  'bundle-malformed': ['truncated', 'bad-magic', 'description-syntax', 'duplicate-member', 'hash-missing'],
};

for (const [code, reasons] of Object.entries(codes)) {
  test(`${reasons.join(', ')} are refused as ${code}`, () => {
    for (const reason of reasons) {
      const decision = decideSigning('require', bad(reason));
      assert.equal(!decision.accepted && decision.code, code);
    }
  });
}

test('a refusal names the member and says what to do', () => {
  const decision = decideSigning('require', bad('hash-mismatch'));
  assert.ok(!decision.accepted);
  assert.match(decision.detail, /^It is bad \(rootfs\.img\)\. .*build and sign it again/);
});
