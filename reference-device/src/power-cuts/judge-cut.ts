import { chooseSlot, type Copies, type EnvironmentWrite, type SlotName } from '../boot/choose-slot.ts';
import { decodeEnvironment, encodeEnvironment, type Environment } from '../boot/environment.ts';

/** What a device finds when its power comes back. */
export type DiskAtCut = {
  readonly copies: Copies;
  /** The image that a slot holds whole, by its age: the first that the device ran is 0; undefined: parts of images. */
  readonly images: Readonly<Record<SlotName, number | undefined>>;
};

export type Judgement =
  | { readonly verdict: 'boots'; readonly slot: SlotName; readonly image: number; readonly trial: boolean }
  | { readonly verdict: Failure };

/**
 * `nothing-boots`: no slot is chosen. `part-chosen`: a slot that is not whole is. `went-back`: an image is older than one that
 * had been committed. `no-next-update`: an update that follows would not be tried.
 */
export type Failure = 'nothing-boots' | 'part-chosen' | 'went-back' | 'no-next-update';

/**
 * What the boot script does with a disk after a power cut. A slot of parts may be loadable or not: both are looked at, and the
 * worse answer counts. `committed` is the image that the device had promised to keep by then.
 */
export function judgeCut(disk: DiskAtCut, committed: number): Judgement {
  const guesses = guessesOf(disk.images).map((loadable) => judgeLoadable(disk, committed, loadable));
  return guesses.find(({ verdict }) => verdict !== 'boots') ?? guesses[0] ?? { verdict: 'nothing-boots' };
}

function guessesOf(images: DiskAtCut['images']): Readonly<Record<SlotName, boolean>>[] {
  const of = (slot: SlotName) => (images[slot] === undefined ? [true, false] : [true]);
  return of('a').flatMap((a) => of('b').map((b) => ({ a, b })));
}

function judgeLoadable(disk: DiskAtCut, committed: number, loadable: Readonly<Record<SlotName, boolean>>): Judgement {
  const { slot, trial, writes } = chooseSlot(disk.copies, loadable);
  if (slot === undefined) return { verdict: 'nothing-boots' };
  const image = disk.images[slot];
  if (image === undefined) return { verdict: 'part-chosen' };
  if (image < committed) return { verdict: 'went-back' };
  if (!nextUpdateIsTried(applyWrites(disk.copies, writes), slot)) return { verdict: 'no-next-update' };
  return { verdict: 'boots', slot, image, trial };
}

/** The slot is found healthy and committed; SWUpdate installs into the other one; the mirror still tells of the commit. */
function nextUpdateIsTried(copies: Copies, slot: SlotName): boolean {
  const next = slot === 'a' ? 'b' : 'a';
  const committed = changed(copies.env, { upgrade_available: '0', bootcount: '0', boot_reason: '' });
  const switched = changed(committed, { slot: next, upgrade_available: '1', bootcount: '0', ustate: '1' });
  const choice = chooseSlot({ env: switched, env2: committed }, { a: true, b: true });
  return choice.slot === next && choice.trial && choice.count === 1;
}

function changed(sector: Buffer, changes: Environment): Buffer {
  return encodeEnvironment({ ...decodeEnvironment(sector), ...changes });
}

function applyWrites(copies: Copies, writes: readonly EnvironmentWrite[]): Copies {
  return writes.reduce<Copies>((now, { copy, bytes }) => ({ ...now, [copy]: bytes }), copies);
}
