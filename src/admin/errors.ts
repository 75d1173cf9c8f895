/**
 * admin/errors — what can go wrong at the admin API's own door.
 */
import { defineErrors } from '../base/index.ts';

export const adminError = defineErrors('admin', {
  bad_request: {
    kind: 'invalid',
    says: (f) => `the request does not have the right shape${f.where ? `: ${f.where}` : ''}`,
    hint: () => 'the shapes are described in /api/v1/openapi.json',
  },
  bad_json: { kind: 'invalid', says: () => 'the body is not valid JSON' },
  bad_content_type: {
    kind: 'invalid',
    says: (f) => `the body's content type ${f.type ? `"${f.type}" ` : ''}is not application/json`,
    hint: () => 'send Content-Type: application/json',
  },
  body_too_large: { kind: 'too-large', says: (f) => `the body is larger than ${f.limitBytes} bytes` },
  no_such_route: {
    kind: 'not-found',
    says: (f) => `there is no ${f.method} ${f.path}`,
    hint: () => 'the routes are listed in /api/v1/openapi.json',
  },
  not_ready: { kind: 'unavailable', retry: 'safe', says: () => 'the daemon is not ready yet' },
  broken: {
    kind: 'internal',
    says: (f) => `something went wrong inside the daemon (request ${f.requestId})`,
    hint: () => 'its log says more; please report it',
  },
  socket_taken: {
    kind: 'conflict',
    says: (f) => `another mcpmux answers on ${f.path}`,
    hint: () => 'run: mcpmux status',
  },
  socket_unusable: {
    kind: 'unavailable',
    says: (f) => `the admin socket ${f.path} cannot be opened: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
});
