const SECTOR_BYTES = 512;

/** Of a slot's sectors, one byte each: bit n says that the sector holds what image n has there. At most eight images. */
type Likeness = Uint8Array;

/**
 * Which image a slot holds, followed write by write: exact, sector by sector, because a slot counts as whole only where every
 * sector is of one image. It owns nothing outside memory; `undo` takes back what was written since `mark`.
 */
export class SlotContents {
  readonly #images: readonly Buffer[];
  readonly #likeness: Likeness;
  /** For each image how many sectors differ from it. */
  readonly #differing: number[];
  #undo: { readonly sector: number; readonly bits: number }[] | undefined;

  constructor(images: readonly Buffer[], initial: Buffer) {
    this.#images = images;
    this.#likeness = new Uint8Array(Math.ceil(initial.length / SECTOR_BYTES));
    this.#differing = images.map(() => this.#likeness.length);
    this.write(0, likeness(images, 0, initial));
  }

  /** What `data` at this offset of the slot is like; the costly half of `write`, done once for a write that is replayed often. */
  likenessOf(offset: number, data: Buffer): Likeness {
    return likeness(this.#images, offset, data);
  }

  write(offset: number, bits: Likeness): void {
    const first = offset / SECTOR_BYTES;
    for (const [index, now] of bits.entries()) {
      const sector = first + index;
      const before = this.#likeness[sector] ?? 0;
      if (before === now) continue;
      this.#undo?.push({ sector, bits: before });
      this.#set(sector, now);
    }
  }

  mark(): void {
    this.#undo = [];
  }

  undo(): void {
    const changes = this.#undo ?? [];
    this.#undo = undefined;
    for (const { sector, bits } of changes.toReversed()) this.#set(sector, bits);
  }

  /** The image that every sector is of; undefined for a slot of parts. */
  get image(): number | undefined {
    const index = this.#differing.indexOf(0);
    return index < 0 ? undefined : index;
  }

  #set(sector: number, bits: number): void {
    const before = this.#likeness[sector] ?? 0;
    for (let image = 0; image < this.#differing.length; image++) {
      const change = ((before >> image) & 1) - ((bits >> image) & 1);
      this.#differing[image] = (this.#differing[image] ?? 0) + change;
    }
    this.#likeness[sector] = bits;
  }
}

/** A sector beyond an image's end is like it whatever it holds: nothing reads it. */
function likeness(images: readonly Buffer[], offset: number, data: Buffer): Likeness {
  const bits = new Uint8Array(Math.ceil(data.length / SECTOR_BYTES));
  for (const index of bits.keys()) {
    const [from, to] = [index * SECTOR_BYTES, Math.min((index + 1) * SECTOR_BYTES, data.length)];
    const sector = data.subarray(from, to);
    for (const [image, bytes] of images.entries()) {
      const there = bytes.subarray(offset + from, offset + to);
      if (there.length < sector.length || there.equals(sector)) bits[index] = (bits[index] ?? 0) | (1 << image);
    }
  }
  return bits;
}
