import { isTimeZone, zonedAt } from './windows/local-time.ts';

export type PlaceFacts = {
  /** What the device says in the attributes that its tenant names; null: nothing, or the tenant names none. */
  readonly saidZone: string | null;
  readonly saidSite: string | null;
  /** The zone of the nearest group above the device that names one; empty: none does. */
  readonly groupZone: string;
};

/** Where a device is: its time zone (an IANA name; empty: unknown) and its site (empty: unknown). */
export type Place = {
  readonly zone: string;
  readonly site: string;
  /** A zone that the device says and that does not exist: it is ignored. */
  readonly ignoredZone: string | null;
};

/** A device's own zone counts before that of its group. */
export function placeOf({ saidZone, saidSite, groupZone }: PlaceFacts): Place {
  const said = saidZone?.trim() ?? '';
  const own = said === '' ? '' : zoneName(said);
  return {
    zone: own === '' ? groupZone : own,
    site: saidSite ?? '',
    ignoredZone: said !== '' && own === '' ? said : null,
  };
}

/** A zone's name as it is listed, whatever the case it is written in; empty where there is no such zone. */
export function zoneName(said: string): string {
  return isTimeZone(said) ? zonedAt(said, 0).timeZoneId : '';
}
