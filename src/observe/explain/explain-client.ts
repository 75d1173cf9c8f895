/**
 * observe/explain/explain-client — why a client can or cannot use what it asks for.
 */
import { type CallEntry, type Client, type Explanation, failedOutcomes } from '../../model/index.ts';
import { fixOf, spanText } from './explain-server.ts';

/** @param calls its newest, the newest first */
export function explainClient(client: Client, calls: readonly CallEntry[], now: number): Explanation {
  const name = client.alias ?? client.name;
  const app = client.introduction?.appName;
  const last = calls[0];
  const facts = [
    ...(app === undefined
      ? []
      : [{ name: 'app', says: `${app} ${client.introduction?.appVersion ?? ''}`.trim() }]),
    {
      name: 'last seen',
      says: client.lastSeenAt === undefined ? 'never' : `${spanText(now - client.lastSeenAt)} ago`,
    },
    ...(last === undefined
      ? []
      : [
          {
            name: 'last call',
            says: `#${last.id} ${last.target.shownName ?? last.target.method}: ${last.outcome}`,
          },
        ]),
    ...(last?.party.rule === undefined ? [] : [{ name: 'sees', says: last.party.rule }]),
  ];
  const done = (cause: string, says: string, nextStep?: string): Explanation => ({
    about: { kind: 'client', id: client.id, name },
    cause,
    says,
    facts,
    next: nextStep === undefined ? undefined : fixOf(nextStep),
  });
  if (client.status === 'revoked')
    return done(
      'revoked',
      `${name} was shut out ${spanText(now - client.statusAt)} ago and cannot come back with the same key.`,
      `mcpmux key create NAME`,
    );
  if (client.status === 'paused')
    return done(
      'paused',
      `${name} is paused since ${spanText(now - client.statusAt)}.`,
      `mcpmux client resume ${name}`,
    );
  if (client.expiresAt !== undefined && client.expiresAt <= now)
    return done(
      'expired',
      `The time of ${name} was over ${spanText(now - client.expiresAt)} ago.`,
      `mcpmux key create NAME`,
    );
  if (client.lastSeenAt === undefined)
    return done(
      'never-seen',
      `${name} has never come: its app is not set up with this key, or was not started since.`,
      'mcpmux connect',
    );
  const failures = calls.filter(({ outcome }) => failedOutcomes.includes(outcome)).length;
  if (calls.length > 0 && failures * 2 > calls.length)
    return done(
      'calls-fail',
      `${failures} of the last ${calls.length} calls of ${name} failed.`,
      `mcpmux explain ${calls.find(({ outcome }) => failedOutcomes.includes(outcome))?.id}`,
    );
  return done(
    'fine',
    calls.length === 0
      ? `${name} comes in, and has called nothing yet.`
      : `${name} works: ${calls.length - failures} of its last ${calls.length} calls went well.`,
  );
}
