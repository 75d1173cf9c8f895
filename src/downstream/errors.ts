/**
 * downstream/errors — what can go wrong between a client and us before its call has begun.
 */
import { defineErrors } from '../base/index.ts';

export const downstreamError = defineErrors('downstream', {
  too_many_sessions: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `there are ${f.limit} open sessions already`,
    hint: () => 'end some, or raise maxSessions',
  },
  memory_full: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `what clients have open takes all the memory that is set aside for ${f.whom}`,
    hint: () => 'try again in a moment; end sessions, streams and calls that are not needed',
  },
});
