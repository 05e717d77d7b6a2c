import type { RecordedFile } from './bundle-record.ts';
import type { Judgement } from './signing-policy.ts';

export type ChecksumAlgorithm = 'sha256' | 'sha1' | 'md5';

/** What the inspector thread is asked for an answer, and what it answers. */
export type InspectorCalls = {
  readonly finish: { readonly input: { readonly file: number; readonly size: number }; readonly output: RecordedFile };
  readonly judge: {
    readonly input: { readonly inspection: string; readonly certificates: readonly string[]; readonly now: number };
    readonly output: Judgement;
  };
  readonly digest: {
    readonly input: {
      readonly path: string;
      readonly from: number;
      readonly to: number;
      readonly algorithm: ChecksumAlgorithm;
    };
    /** base64 */
    readonly output: string;
  };
};
export type InspectorCall = keyof InspectorCalls;

/** Messages to the thread. `file` is a number that the asking side gives each followed file. */
export type ToInspector =
  | { readonly kind: 'follow'; readonly file: number; readonly path: string }
  | { readonly kind: 'grow'; readonly file: number; readonly to: number }
  | { readonly kind: 'abandon'; readonly file: number }
  | {
      [C in InspectorCall]: {
        readonly kind: 'call';
        readonly call: C;
        readonly id: number;
        readonly input: InspectorCalls[C]['input'];
      };
    }[InspectorCall];

export type FromInspector =
  | { readonly kind: 'consumed'; readonly file: number; readonly offset: number }
  /** It cannot be read on; `finish` will fail and say why. */
  | { readonly kind: 'broken'; readonly file: number }
  | { readonly kind: 'answered'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: Error };
