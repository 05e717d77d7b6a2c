import { z } from 'zod';
import { DeviceName } from './fleet.ts';
import type { Route } from './route.ts';

/** Devices of one request. */
export const MAX_DEVICES_PER_IMPORT = 100;

const ImportedAttributes = z
  .object({
    devices: z
      .array(
        z.object({
          name: DeviceName,
          attributes: z.record(z.string(), z.string()).describe('What it has said of itself to another server'),
        }),
      )
      .min(1)
      .max(MAX_DEVICES_PER_IMPORT),
  })
  .meta({ id: 'ImportedAttributes' });

const AttributesImported = z
  .object({
    kept: z.array(z.string()).describe('Devices that have said something themselves: that stays'),
    refused: z.array(z.string()).describe('Devices with attributes that are too many, too long or no text'),
    missing: z.array(z.string()).describe('Names that no device has'),
  })
  .meta({ id: 'AttributesImported' });

/** What is brought along from another server, and that no device or operator could say here. */
// prettier-ignore
export const importRoutes = {
  'imports.attributes': { method: 'POST', path: '/imports/attributes', tag: 'imports', summary: 'Note what devices have said of themselves to another server', description: 'For devices that have said nothing here yet. They are asked all the same, and what they say then takes its place.', body: ImportedAttributes, success: { status: 200, body: AttributesImported }, errors: [] },
} as const satisfies Record<string, Route>;
