import type { DdiAddress } from '@updraft/protocols';
import type { Asking } from '../../device-contact/answer-cache.ts';
import { addressOf, credentialKey, credentialOf, offerSplitOf, type DdiParams } from './authenticate.ts';
import type { DdiDoor } from './door.ts';
import type { DdiRequest } from './exchange.ts';

/** What answers from memory are looked for under. */
export type WhoAsks = { readonly address: DdiAddress; readonly asking: Asking };

/** Who asks, as the request says it: nothing of it is judged. */
export function whoAsks(door: DdiDoor, request: DdiRequest): WhoAsks {
  const params = request.params as DdiParams;
  const address = addressOf(door, request, params);
  const authorization = credentialKey(credentialOf(door, request));
  const splitsOffers = offerSplitOf(request);
  const { origin } = address;
  return {
    address,
    asking: { tenant: params.tenant, device: params.controller, authorization, origin, splitsOffers },
  };
}
