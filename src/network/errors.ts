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
});
