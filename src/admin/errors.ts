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
  link_used: {
    kind: 'unauthenticated',
    says: () => 'this link was used already; a link opens one browser, once',
    hint: () => 'run: mcpmux open',
  },
  link_expired: {
    kind: 'unauthenticated',
    says: () => 'this link has expired; a link is good for five minutes',
    hint: () => 'run: mcpmux open',
  },
  link_unknown: {
    kind: 'unauthenticated',
    says: () => 'this link is not one of this daemon, or its daemon was restarted since',
    hint: () => 'run: mcpmux open',
  },
  link_elsewhere: {
    kind: 'denied',
    says: (f) =>
      f.isPublic === true
        ? 'this link opens the dashboard on the machine of the daemon only'
        : 'this link opens the dashboard at its public address only',
    hint: (f) => (f.isPublic === true ? 'run: mcpmux open --public' : 'run: mcpmux open'),
  },
  link_of_another_user: {
    kind: 'denied',
    says: () => 'another user of this machine has opened this link; it is used up now',
    hint: () => 'run as the user of the daemon: mcpmux open',
  },
  code_wrong: {
    kind: 'unauthenticated',
    says: () => 'this is not the code',
    hint: () => 'after three wrong ones a code is used up; ask for a new one then',
  },
  code_gone: {
    kind: 'unauthenticated',
    says: () => 'there is no code that is still open; one is good for two minutes and three tries',
    hint: () => 'ask for a new one here, or run: mcpmux open --code',
  },
  nothing_to_redeem: {
    kind: 'unauthenticated',
    says: () => 'a link or a code is needed to let this browser in',
    hint: () => 'run: mcpmux open',
  },
  too_many_codes: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `codes were asked for too often; the next one is there in ${f.seconds} s`,
    hint: () => 'a link works at once: mcpmux open',
  },
  too_many_tries: {
    kind: 'unavailable',
    retry: 'safe',
    says: () => 'too many wrong links or codes came from here; the right one is let in all the same',
    hint: () => 'run: mcpmux open',
  },
  no_public_address: {
    kind: 'invalid',
    says: () => 'this daemon has no public address to make a link for',
    hint: () => 'leave --public out, or start the daemon with --public-url',
  },
  link_only: {
    kind: 'denied',
    says: () => 'this can be asked for on the command line only, not by a browser',
  },
  needs_fresh_link: {
    kind: 'denied',
    says: (f) => `${f.what} needs a link that is not older than ten minutes`,
    hint: () => 'run mcpmux open, use the link, and try again here',
  },
  no_such_browser: {
    kind: 'not-found',
    says: (f) => `no browser "${f.id}" is let in`,
    hint: () => 'see: mcpmux open --list',
  },
  bad_filter: {
    kind: 'invalid',
    says: (f) => `the filter cannot be read: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  no_such_call: {
    kind: 'not-found',
    says: (f) => `the history has no call ${f.call}`,
    hint: () => 'mcpmux calls shows the newest; old ones are removed after a time',
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
