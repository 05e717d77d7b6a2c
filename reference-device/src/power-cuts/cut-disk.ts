import type { Copies, SlotName } from '../boot/choose-slot.ts';
import { ENVIRONMENT_BYTES } from '../boot/environment.ts';
import type { TornWrite } from './cut-points.ts';
import type { DiskAtCut } from './judge-cut.ts';
import { SlotContents } from './slot-contents.ts';
import type { LoggedWrite } from './write-log.ts';

export type WatchedPart = 'env' | 'env2' | 'slot-a' | 'slot-b';
/** Bytes from the disk's begin. */
export type PartPlace = { readonly offset: number; readonly length: number };
export type PartPlaces = Readonly<Record<WatchedPart, PartPlace>>;

/** What one write does to the parts that a boot hangs on; most writes (of the data partition) do nothing. */
export type Effect = {
  readonly copy?: { readonly name: keyof Copies; readonly offset: number; readonly bytes: Buffer };
  readonly slot?: { readonly name: SlotName; readonly offset: number; readonly bits: Uint8Array };
};

const SECTOR_BYTES = 512;

/** The parts of a disk that a boot hangs on, followed through a log of writes. It owns memory only. */
export class CutDisk {
  readonly #places: PartPlaces;
  readonly #slots: Readonly<Record<SlotName, SlotContents>>;
  #copies: Copies;
  #copiesAtMark: Copies;

  /** `initial` are the parts' bytes before the first write; `images` the slot images by their age, oldest first. */
  constructor(places: PartPlaces, initial: Readonly<Record<WatchedPart, Buffer>>, images: readonly Buffer[]) {
    this.#places = places;
    this.#slots = {
      a: new SlotContents(images, initial['slot-a']),
      b: new SlotContents(images, initial['slot-b']),
    };
    this.#copies = { env: sectorOf(initial.env), env2: sectorOf(initial.env2) };
    this.#copiesAtMark = this.#copies;
  }

  get state(): DiskAtCut {
    return { copies: this.#copies, images: { a: this.#slots.a.image, b: this.#slots.b.image } };
  }

  effectOf(write: LoggedWrite, data: Buffer): Effect {
    for (const name of ['env', 'env2'] as const) {
      const within = this.#within(name, write, data);
      if (within !== undefined) return { copy: { name, offset: within.offset, bytes: Buffer.from(within.bytes) } };
    }
    for (const name of ['a', 'b'] as const) {
      const within = this.#within(`slot-${name}`, write, data);
      if (within === undefined) continue;
      return { slot: { name, offset: within.offset, bits: this.#slots[name].likenessOf(within.offset, within.bytes) } };
    }
    return {};
  }

  apply({ copy, slot }: Effect): void {
    if (copy !== undefined) this.#patch(copy.name, copy.offset, copy.bytes);
    if (slot !== undefined) this.#slots[slot.name].write(slot.offset, slot.bits);
  }

  /** Of a slot the sector that the tear goes through counts as of no image; of the environment it is torn to the byte. */
  applyTorn({ copy, slot }: Effect, { bytes, end }: TornWrite): void {
    if (copy !== undefined && end === 'first') this.#patch(copy.name, copy.offset, copy.bytes.subarray(0, bytes));
    if (copy !== undefined && end === 'last') {
      const from = Math.max(copy.bytes.length - bytes, 0);
      this.#patch(copy.name, copy.offset + from, copy.bytes.subarray(from));
    }
    if (slot === undefined) return;
    const whole = Math.floor(bytes / SECTOR_BYTES);
    const bits = end === 'first' ? slot.bits.slice(0, whole + 1) : slot.bits.slice(-(whole + 1));
    bits[end === 'first' ? whole : 0] = 0;
    const skipped = end === 'first' ? 0 : (slot.bits.length - bits.length) * SECTOR_BYTES;
    this.#slots[slot.name].write(slot.offset + skipped, bits);
  }

  /** What is applied from now on can be taken back. */
  mark(): void {
    this.#copiesAtMark = this.#copies;
    this.#slots.a.mark();
    this.#slots.b.mark();
  }

  undo(): void {
    this.#copies = this.#copiesAtMark;
    this.#slots.a.undo();
    this.#slots.b.undo();
  }

  #within(part: WatchedPart, write: LoggedWrite, data: Buffer): { offset: number; bytes: Buffer } | undefined {
    const place = this.#places[part];
    const from = Math.max(write.offset, place.offset);
    const to = Math.min(write.offset + write.length, place.offset + place.length);
    if (from >= to) return undefined;
    return { offset: from - place.offset, bytes: data.subarray(from - write.offset, to - write.offset) };
  }

  #patch(name: keyof Copies, offset: number, bytes: Buffer): void {
    const sector = Buffer.from(this.#copies[name]);
    if (offset < ENVIRONMENT_BYTES) bytes.copy(sector, offset, 0, ENVIRONMENT_BYTES - offset);
    this.#copies = { ...this.#copies, [name]: sector };
  }
}

function sectorOf(part: Buffer): Buffer {
  return Buffer.from(part.subarray(0, ENVIRONMENT_BYTES));
}
