/**
 * observe/event-audit — domain events that concern security, as entries of the audit.
 *
 * What a person does by the admin API is recorded there, with who it was; here is what happens without it.
 */
import { type AuditRecord, type DomainEvent, outsideIdOf } from '../model/index.ts';

const mcpmux = { kind: 'mcpmux', name: 'mcpmux' } as const;

type Recorders = {
  readonly [Type in DomainEvent['type']]?: (
    event: Extract<DomainEvent, { readonly type: Type }>,
  ) => AuditRecord;
};

const recorders: Recorders = {
  'upstream.sign_in_ended': ({ type, serverId, isSignedIn, reason }) => ({
    who: mcpmux,
    what: type,
    on: serverId,
    decision: isSignedIn ? 'done' : 'failed',
    facts: { reason },
  }),
  'auth.client_created': ({ type, clientId, name }) => ({
    who: { kind: 'client', id: clientId, name },
    what: type,
    decision: 'done',
  }),
  'auth.decided': ({ type, what, name, clientId }) => ({
    who:
      what === 'consent_allowed' || what === 'consent_denied'
        ? { kind: 'person', name: 'the person, in a browser' }
        : { kind: 'client', ...(clientId !== undefined && { id: clientId }), name },
    what: `${type}.${what}`,
    on: clientId ?? name,
    decision: what === 'registered' || what === 'consent_allowed' ? 'done' : 'refused',
    facts: { client: name },
  }),
  'access.approval_settled': ({ type, serverId, tool, principalId, client, outcome, by }) => ({
    who: { kind: 'client', id: principalId, name: client },
    what: type,
    on: tool,
    decision: outcome === 'allowed' || outcome === 'allowed-always' ? 'allowed' : 'refused',
    facts: { outcome, by, server: serverId },
  }),
  'auth.access_ended': ({ type, principalId, reason }) => ({
    who: mcpmux,
    what: type,
    on: principalId,
    decision: 'done',
    facts: { reason },
  }),
  'access.claim_refused': ({ type, principalId, client, claim }) => ({
    who: { kind: 'client', id: principalId, name: client },
    what: type,
    on: claim,
    decision: 'refused',
  }),
  'access.definitions_held': ({ type, serverId }) => ({
    who: mcpmux,
    what: type,
    on: serverId,
    decision: 'refused',
  }),
};

/** @returns undefined for what the audit does not keep */
export function auditOf(event: DomainEvent): AuditRecord | undefined {
  // Told once more for the same client from outside.
  if (event.type === 'auth.access_ended' && outsideIdOf(event.principalId) === undefined) return undefined;
  const recorder = recorders[event.type] as ((event: DomainEvent) => AuditRecord) | undefined;
  return recorder?.(event);
}
