import { z } from 'zod';

export const MaintenanceWindow = z
  .object({ schedule: z.string().max(128), duration: z.string().max(16), timezone: z.string().max(8) })
  .partial()
  .meta({ id: 'MgmtMaintenanceWindowRequestBody' });
type MaintenanceWindow = z.output<typeof MaintenanceWindow>;

export type ReadWindow = { readonly cron: string; readonly durationSeconds: number; readonly zone: string };

const DURATION = /^(\d{1,2}):([0-5]\d):([0-5]\d)$/;
const OFFSET = /^[+-](0\d|1[0-8]):[0-5]\d$/;
const MAX_HOURS = 24;

/** A window as our policies have it; undefined where none is asked for, null where it cannot be read. */
export function readMaintenanceWindow(written: MaintenanceWindow | undefined): ReadWindow | undefined | null {
  const { schedule, duration, timezone } = written ?? {};
  if (schedule === undefined && duration === undefined && timezone === undefined) return undefined;
  if (schedule === undefined || duration === undefined || timezone === undefined) return null;
  const [, hours, minutes, seconds] = DURATION.exec(duration) ?? [];
  const durationSeconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (Number.isNaN(durationSeconds) || Number(hours) >= MAX_HOURS || durationSeconds === 0) return null;
  const zone = timezone === 'Z' ? '+00:00' : timezone;
  return OFFSET.test(zone) ? { cron: schedule, durationSeconds, zone } : null;
}

/** How a window is written on this wire. */
export function writtenWindow({ cron, durationSeconds, zone }: ReadWindow) {
  const part = (seconds: number) => String(Math.floor(seconds)).padStart(2, '0');
  const hours = durationSeconds / 3600;
  const duration = [hours, (durationSeconds / 60) % 60, durationSeconds % 60].map(part).join(':');
  return { schedule: cron, duration, timezone: zone };
}
