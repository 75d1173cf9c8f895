/**
 * sign-in/errors — what can go wrong while we sign in to a server.
 *
 * `server` is the name a person gave it. `reason` and `description` are ours or cleaned text of the other side
 * (see `cleanText`); never a token, a code, a state or a client secret.
 */
import { defineErrors, shellQuote } from '../base/index.ts';

const login = (server: string | number | boolean | undefined) => `run: mcpmux login ${shellQuote(server)}`;

export const signInError = defineErrors('sign-in', {
  discovery_failed: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" asks for sign-in, but its sign-in data cannot be read: ${f.reason}`,
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
    says: (f) => `server "${f.server}" cannot be signed in to: ${f.reason}`,
    hint: (f) => `see what each step finds: mcpmux auth doctor ${shellQuote(f.server)}`,
  },
  registration_refused: {
    kind: 'unavailable',
    says: (f) => `the authorization server ${f.issuer} of "${f.server}" refused to register us: ${f.reason}`,
    hint: (f) =>
      `register a client there by hand, then: mcpmux login ${shellQuote(f.server)} --client-id ID${f.redirectUri ? ` (redirect URI ${f.redirectUri})` : ''}`,
  },
  client_id_needed: {
    kind: 'invalid',
    says: (f) => `the authorization server ${f.issuer} of "${f.server}" does not register clients by itself`,
    hint: (f) =>
      `create an OAuth client there with the redirect URI ${f.redirectUri}, then: mcpmux login ${shellQuote(f.server)} --client-id ID`,
  },
  issuer_changed: {
    kind: 'conflict',
    says: (f) =>
      `server "${f.server}" now names the authorization server ${f.issuer}; the client id you gave is for ${f.knownIssuer} and is not sent there`,
    hint: (f) => `if that is right: mcpmux login ${shellQuote(f.server)} --client-id ID-AT-THE-NEW-SERVER`,
  },
  callback_port_taken: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the sign-in of "${f.server}" cannot listen on ${f.redirectUri}: ${f.reason}`,
    hint: (f) =>
      `stop what uses that port, or paste the answer by hand: mcpmux login ${shellQuote(f.server)} --no-browser`,
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
    says: (f) => `what was pasted is not the address the sign-in ended on: ${f.reason}`,
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
    says: (f) => `the provider of "${f.server}" does not know our registration any more: ${f.reason}`,
    hint: (f) => `${login(f.server)}; that registers anew`,
  },
  wrong_issuer: {
    kind: 'denied',
    says: (f) =>
      `the answer to the sign-in of "${f.server}" does not come from its authorization server ${f.issuer}; it was ignored`,
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
    says: (f) => `the authorization server of "${f.server}" gave no token that can be used: ${f.reason}`,
    hint: (f) => `see what each step finds: mcpmux auth doctor ${shellQuote(f.server)}`,
  },
  unavailable: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) =>
      `the sign-in of "${f.server}" cannot be renewed now (${f.reason}); it is kept and tried again`,
  },
  lease_timeout: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `another process is renewing the sign-in of "${f.server}" and did not finish in time`,
  },
});
