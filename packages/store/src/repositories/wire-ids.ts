import type { CommandContext } from '../command.ts';

/** hawkBit's clients read action ids as int32. */
export const MAX_WIRE_ID = 2 ** 31 - 1;

/** Retries draw from blocks, so that servers on one PostgreSQL do not wait for the tenant's row at each of them. */
export const WIRE_IDS_PER_BLOCK = 1000;

/** A tenant has used up its wire ids. */
export class WireIdsExhausted extends Error {
  readonly code = 'limit-reached';
  constructor() {
    super(`a tenant has ${MAX_WIRE_ID} wire ids and has used them all`);
    this.name = 'WireIdsExhausted';
  }
}

/** Wire ids that a process has leased: from `next` up to, not including, `end`. */
type Block = { next: number; readonly end: number };

/**
 * The blocks of wire ids that this process has leased, by tenant (design: 6-data 1). What a rolled back command took of
 * one is a gap; a block counts only once its lease is committed, so that no id is given twice.
 */
export class WireIdBlocks {
  readonly #blocks = new Map<number, Block>();

  take(tenant: number): number | null {
    const block = this.#blocks.get(tenant);
    if (block === undefined || block.next >= block.end) return null;
    return block.next++;
  }

  /** Of two blocks that were leased at once, the rest of the first is a gap. */
  keep(tenant: number, block: Block): void {
    this.#blocks.set(tenant, block);
  }
}

/**
 * The wire id of a retry. The only writer of SQLite takes it from the tenant's row; on PostgreSQL it comes from the
 * process's block. Throws {@link WireIdsExhausted}.
 */
export async function nextWireId(context: CommandContext, tenant: number): Promise<number> {
  if (context.dialect === 'sqlite') return leaseWireIds(context, tenant, 1);
  const { wireIds, afterCommit } = context;
  const known = wireIds.take(tenant);
  if (known !== null) return known;
  const first = await leaseWireIds(context, tenant, WIRE_IDS_PER_BLOCK);
  afterCommit(() => wireIds.keep(tenant, { next: first + 1, end: first + WIRE_IDS_PER_BLOCK }));
  return first;
}

/** Takes `count` ids from the tenant's row, which is held until the commit. Tells the first. */
async function leaseWireIds({ db }: CommandContext, tenant: number, count: number): Promise<number> {
  const row = await db
    .updateTable('tenant')
    .set((eb) => ({ next_action: eb('next_action', '+', count) }))
    .where('id', '=', tenant)
    .where('next_action', '<=', MAX_WIRE_ID + 1 - count)
    .returning('next_action')
    .executeTakeFirst();
  if (row === undefined) throw new WireIdsExhausted();
  return row.next_action - count;
}
