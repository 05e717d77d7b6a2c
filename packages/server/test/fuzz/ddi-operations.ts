import { DdiAssignedVersion, DdiAutoConfirm, DdiConfigData, DdiConfirmation, DdiFeedback } from '@updraft/protocols';
import { z } from 'zod';
import type { JsonSchema } from './schema-values.ts';

export type DdiOperation = {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Behind `/{tenant}/controller/v1/{controller}`. */
  readonly path: string;
  readonly query?: readonly string[];
  readonly body?: z.ZodType;
};

/** What devices may ask: the device API has no document of its own. */
export const DDI_OPERATIONS: readonly DdiOperation[] = [
  { method: 'GET', path: '' },
  { method: 'GET', path: '/softwaremodules/{module}/artifacts' },
  { method: 'GET', path: '/softwaremodules/{module}/artifacts/{file}' },
  { method: 'GET', path: '/softwaremodules/{module}/artifacts/{file}.MD5SUM' },
  { method: 'GET', path: '/deploymentBase/{action}', query: ['c', 'actionHistory'] },
  { method: 'POST', path: '/deploymentBase/{action}/feedback', body: DdiFeedback },
  { method: 'PUT', path: '/configData', body: DdiConfigData },
  { method: 'GET', path: '/cancelAction/{action}' },
  { method: 'POST', path: '/cancelAction/{action}/feedback', body: DdiFeedback },
  { method: 'GET', path: '/installedBase/{action}', query: ['actionHistory'] },
  { method: 'PUT', path: '/installedBase', body: DdiAssignedVersion },
  { method: 'GET', path: '/confirmationBase' },
  { method: 'GET', path: '/confirmationBase/{action}', query: ['c', 'actionHistory'] },
  { method: 'POST', path: '/confirmationBase/{action}/feedback', body: DdiConfirmation },
  { method: 'POST', path: '/confirmationBase/activateAutoConfirm', body: DdiAutoConfirm },
  { method: 'POST', path: '/confirmationBase/deactivateAutoConfirm' },
];

export function schemaOf(body: z.ZodType): JsonSchema {
  return z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}
