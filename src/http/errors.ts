/**
 * http/errors — what can go wrong at the door before a request has a meaning.
 */
import { defineErrors } from '../base/index.ts';

export const httpError = defineErrors('http', {
  port_in_use: {
    kind: 'conflict',
    says: (f) => `port ${f.port} on ${f.address} is in use by ${f.holder}`,
    hint: (f) => f.hint as string | undefined,
  },
  port_denied: {
    kind: 'denied',
    says: (f) => `this user may not listen on port ${f.port} (${f.address})`,
    hint: (f) =>
      Number(f.port) < 1024
        ? 'ports below 1024 need privileges; choose a higher one with --port or MCPMUX_PORT'
        : 'the system keeps this port for itself (on Windows see: netsh int ipv4 show excludedportrange tcp), or a security program refuses it; choose another with --port or MCPMUX_PORT',
  },
  port_out_of_range: {
    kind: 'invalid',
    says: (f) => `port ${f.port} is out of range: it must be a whole number from 0 to 65535`,
  },
  address_refused: {
    kind: 'denied',
    says: (f) =>
      `address ${f.address} can be reached from other machines and is refused: ${f.missing} missing`,
    hint: (f) => f.hint as string | undefined,
  },
  tls_unusable: {
    kind: 'invalid',
    says: (f) => `the TLS certificate cannot be used: ${f.reason}`,
    hint: () =>
      'set both --tls-cert and --tls-key (MCPMUX_TLS_CERT_FILE, MCPMUX_TLS_KEY_FILE) to PEM files that fit',
  },
  bad_proxy: {
    kind: 'invalid',
    says: (f) => `trustedProxies: ${f.reason}`,
    hint: () => 'give addresses and ranges, such as 10.0.0.5,10.1.0.0/16',
  },
  listen_failed: {
    kind: 'unavailable',
    says: (f) => `cannot listen on ${f.address} port ${f.port}: ${f.reason}`,
  },
  no_address: {
    kind: 'unavailable',
    says: (f) => `cannot listen anywhere: this machine has none of the addresses ${f.addresses}`,
  },
  route_without_policy: {
    kind: 'internal',
    says: (f) => `route ${f.path} has no policy; every route must say who may use it and how`,
  },
  route_malformed: {
    kind: 'internal',
    says: (f) => `route ${f.path} cannot be served: ${f.reason}`,
  },
  body_too_large: {
    kind: 'too-large',
    says: (f) => `the request body is larger than ${f.capBytes} bytes`,
  },
  memory_full: {
    kind: 'unavailable',
    retry: 'safe',
    says: () => 'the requests that clients have open take all the memory that is set aside for them',
    hint: () => 'try again in a moment, and send fewer large requests at once',
  },
  body_not_utf8: {
    kind: 'invalid',
    says: () => 'the request body is not valid UTF-8',
  },
  body_cut: {
    kind: 'cancelled',
    says: () => 'the client went away before its request was complete',
  },
});
