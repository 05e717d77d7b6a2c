import type { Right } from '@updraft/core';
import type { z } from 'zod';
import type { ManagementErrorKey } from './errors.ts';

export const MANAGEMENT_PREFIX = '/rest/v1';
export const MANAGEMENT_DOCS_PATH = '/v3/api-docs';

/**
 * One operation of hawkBit's Management API as data: the server mounts it, the OpenAPI document shows it. Paths are
 * relative to {@link MANAGEMENT_PREFIX} and write parameters as `{name}`.
 */
export type ManagementRoute = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** What a request without a body means; left out: it is refused. */
  readonly bodyIsOptional?: true;
  /** `orEmpty`: 204 where there is nothing to show. */
  readonly success: { readonly status: 200 | 201 | 204; readonly body?: z.ZodType; readonly orEmpty?: true };
  readonly errors: readonly ManagementErrorKey[];
  /** Who has it not is refused as `insufficientPermission`. */
  readonly right?: Right;
  /** Nulls are written, not left out. */
  readonly writesNulls?: true;
  /** The body is a multipart upload, or the answer is bytes: the door mounts it by hand. */
  readonly bytes?: 'upload' | 'download';
};

export type ManagementAnswer<R extends ManagementRoute> = R['success']['body'] extends z.ZodType
  ? R['success'] extends { readonly orEmpty: true }
    ? z.output<R['success']['body']> | undefined
    : z.output<R['success']['body']>
  : undefined;
