import { MAX_WIRE_ID } from '@updraft/store';

/** The action id of a path, or null where it cannot be one: decimal, 1 to 2^31−1. */
export function parseWireId(params: unknown): number | null {
  return decimalOf((params as { readonly action: string }).action);
}

/** The module id of a path, or null where it cannot be one. */
export function parseModuleId(params: unknown): number | null {
  return decimalOf((params as { readonly module: string }).module);
}

function decimalOf(text: string): number | null {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAX_WIRE_ID ? Number(text) : null;
}
