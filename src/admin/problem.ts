/**
 * admin/problem — from a failure to an HTTP status and an RFC 9457 problem. The only place in admin/ that knows the numbers.
 */
import type { ErrorKind, McpMuxError } from '../base/index.ts';
import type { ProblemDto } from '../contract/index.ts';

export const problemType = 'application/problem+json';

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  timeout: 504,
  unavailable: 503,
  cancelled: 499,
  internal: 500,
};

const titleOfKind: Readonly<Record<ErrorKind, string>> = {
  invalid: 'Not valid',
  unauthenticated: 'Sign-in needed',
  denied: 'Not allowed',
  'not-found': 'Not found',
  conflict: 'Conflict',
  'too-large': 'Too large',
  timeout: 'Timed out',
  unavailable: 'Not available',
  cancelled: 'Cancelled',
  internal: 'Internal error',
};

export function statusOf(error: McpMuxError): number {
  if (error.code === 'admin.bad_content_type') return 415;
  if (error.code === 'admin.too_many_codes' || error.code === 'admin.too_many_tries') return 429;
  // A server that wants a sign-in is not this caller who wants one: 401 is kept for the admin API's own door.
  if (error.kind === 'unauthenticated' && error.code.startsWith('upstream.')) return 424;
  return statusOfKind[error.kind];
}

export function problemOf(
  error: McpMuxError,
  errors?: readonly { readonly path: string; readonly message: string }[],
): ProblemDto {
  return {
    type: `urn:mcpmux:problem:${error.code}`,
    title: titleOfKind[error.kind],
    status: statusOf(error),
    detail: error.message,
    code: error.code,
    kind: error.kind,
    nextStep: error.hint ?? null,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}
