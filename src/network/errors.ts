/**
 * network/errors — what can go wrong with a request to an address that somebody else named.
 */
import { defineErrors } from '../base/index.ts';

export const networkError = defineErrors('network', {
  fetch_refused: {
    kind: 'denied',
    says: (f) => `${f.purpose} was not requested from ${f.url}: ${f.reason}`,
  },
  fetch_failed: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `${f.purpose} is not available at ${f.url}: ${f.reason}`,
  },
  proxy_unreachable: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the proxy ${f.proxy} cannot be reached: ${f.reason}`,
    hint: (f) =>
      `check ${f.variable} in the environment of the daemon; NO_PROXY names what is reached without it`,
  },
  proxy_refused: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) =>
      f.status === 407
        ? `the proxy ${f.proxy} ${f.hasCredentials === true ? 'refuses the credentials it was given' : 'asks for credentials'} (HTTP 407)`
        : `the proxy ${f.proxy} does not connect us to ${f.host} (HTTP ${f.status})`,
    hint: (f) =>
      f.status === 407
        ? `give them in the environment of the daemon: ${f.variable}=http://USER:PASSWORD@HOST:PORT`
        : `check ${f.variable} in the environment of the daemon; NO_PROXY names what is reached without it`,
  },
});
