/**
 * sign-in/errors — the errors of signing in to a server.
 *
 * `server` is the name that the person gave it. `reason` is our text, or cleaned text of the other side (see
 * `cleanText`). It is never a token, a code, a state or a client secret.
 */
import { defineErrors, shellQuote } from '../base/index.ts';

const login = (server: string | number | boolean | undefined) => `run: mcpmux login ${shellQuote(server)}`;

export const signInError = defineErrors('sign-in', {
  discovery_failed: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" asks for sign-in, but its metadata cannot be read: ${f.reason}`,
    hint: (f) => `see what each step finds: mcpmux auth doctor ${shellQuote(f.server)}`,
  },
  not_offered: {
    kind: 'invalid',
    says: (f) =>
      `server "${f.server}" refuses requests without credentials and offers no OAuth sign-in: ${f.reason}`,
    hint: (f) => `give it a key: mcpmux add ${shellQuote(f.server)} … --header "Authorization: Bearer …"`,
  },
  bad_metadata: {
    kind: 'invalid',
    says: (f) => `signing in to server "${f.server}" is not possible: ${f.reason}`,
    hint: (f) => `see what each step finds: mcpmux auth doctor ${shellQuote(f.server)}`,
  },
  registration_refused: {
    kind: 'unavailable',
    says: (f) =>
      `the authorization server ${f.issuer} of "${f.server}" refused the registration: ${f.reason}`,
    hint: (f) =>
      `register a client there by hand, then: mcpmux login ${shellQuote(f.server)} --client-id ID${f.redirectUri ? ` (redirect URI ${f.redirectUri})` : ''}`,
  },
  client_id_needed: {
    kind: 'invalid',
    says: (f) => `the authorization server ${f.issuer} of "${f.server}" offers no registration`,
    hint: (f) =>
      `create an OAuth client there with the redirect URI ${f.redirectUri}, then: mcpmux login ${shellQuote(f.server)} --client-id ID`,
  },
  issuer_changed: {
    kind: 'conflict',
    says: (f) =>
      `the authorization server of "${f.server}" is now ${f.issuer}; the client id that you gave is for ${f.knownIssuer}, and is not sent to another one`,
    hint: (f) => `if that is right: mcpmux login ${shellQuote(f.server)} --client-id ID-AT-THE-NEW-SERVER`,
  },
  callback_port_taken: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the sign-in of "${f.server}" cannot listen on ${f.redirectUri}: ${f.reason}`,
    hint: (f) =>
      `stop what uses that port, or paste the address yourself: mcpmux login ${shellQuote(f.server)} --no-browser`,
  },
  bad_authorization_url: {
    kind: 'invalid',
    says: (f) => `server "${f.server}" named an authorization URL that is not safe to open: ${f.reason}`,
  },
  no_such_flow: {
    kind: 'not-found',
    says: (f) =>
      f.server === undefined
        ? 'this sign-in is not known, was already used or has expired'
        : `this sign-in to "${f.server}" is not known, was already used or has expired`,
    hint: (f) => `start again: mcpmux login ${f.server === undefined ? 'NAME' : shellQuote(f.server)}`,
  },
  bad_paste: {
    kind: 'invalid',
    says: (f) => `that is not the address at which the sign-in ended: ${f.reason}`,
    hint: (f) =>
      `paste the whole address from the browser's address bar; it begins with ${f.redirectUri ?? 'http://127.0.0.1'}`,
  },
  answer_refused: {
    kind: 'denied',
    says: (f) => `the sign-in to "${f.server}" was refused: ${f.reason}`,
    hint: (f) => login(f.server),
  },
  registration_dropped: {
    kind: 'denied',
    says: (f) => `the provider of "${f.server}" no longer knows our registration: ${f.reason}`,
    hint: (f) => `${login(f.server)}; this makes a new registration`,
  },
  wrong_issuer: {
    kind: 'denied',
    says: (f) =>
      `the response to the sign-in to "${f.server}" does not come from its authorization server ${f.issuer}; it was ignored`,
    hint: (f) => `see what each step finds: mcpmux auth doctor ${shellQuote(f.server)}`,
  },
  expired: {
    kind: 'timeout',
    says: (f) => `the sign-in to "${f.server}" was not completed within ${f.seconds} seconds`,
    hint: (f) =>
      f.isRegistrationInDoubt === true
        ? `${login(f.server)}; if the provider showed an error page: mcpmux login ${shellQuote(f.server)} --fresh`
        : login(f.server),
  },
  cancelled: {
    kind: 'cancelled',
    says: (f) => `the sign-in to "${f.server}" was cancelled`,
  },
  token_refused: {
    kind: 'unauthenticated',
    says: (f) => `the authorization server of "${f.server}" gave no token: ${f.reason}`,
    hint: (f) => login(f.server),
  },
  bad_token_answer: {
    kind: 'unavailable',
    says: (f) => `the authorization server of "${f.server}" gave an unusable token response: ${f.reason}`,
    hint: (f) => `see what each step finds: mcpmux auth doctor ${shellQuote(f.server)}`,
  },
  unavailable: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the token for "${f.server}" cannot be renewed now (${f.reason}); it is tried again`,
  },
  lease_timeout: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `another process is renewing the token for "${f.server}" and has not finished in time`,
  },
});
