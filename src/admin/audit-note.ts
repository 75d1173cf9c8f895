/**
 * admin/audit-note — what a request to the admin API leaves in the audit. Reads leave nothing.
 *
 * Of the body only what says what was meant: names, never values. A command is named without its arguments, a URL without its
 * query.
 * Pure.
 */
import { isMcpMuxError } from '../base/index.ts';
import type { RouteId } from '../contract/index.ts';
import type { AuditActor, AuditRecord } from '../model/index.ts';
import type { AdminSession } from './browser/admin-sessions.ts';

/** @param session undefined = the socket, where only the user of the daemon comes from */
export function actorOf(session: AdminSession | undefined): AuditActor {
  return session === undefined
    ? { kind: 'person', name: 'command line' }
    : { kind: 'person', id: session.id, name: 'browser', address: session.address };
}

export interface NotedRequest {
  readonly id: RouteId;
  readonly params: unknown;
  readonly body: unknown;
  readonly session: AdminSession | undefined;
  /** What it threw; undefined = it was done. */
  readonly thrown: unknown;
}

export function noteOf({ id, params, body, session, thrown }: NotedRequest): AuditRecord {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const named = Object.values((params ?? {}) as Record<string, unknown>).filter(
    (one) => typeof one === 'string',
  );
  const on = named.length > 0 ? named.join('/') : textOf(given['name']);
  const launch = (given['launch'] ?? {}) as Record<string, unknown>;
  return {
    who: actorOf(session),
    what: `admin.${id}`,
    on,
    decision: thrown === undefined ? 'done' : isRefusal(thrown) ? 'refused' : 'failed',
    facts: {
      changes: Object.keys(given).filter((key) => key !== 'name'),
      command: textOf(launch['command']),
      url: withoutQuery(textOf(launch['url'])),
      code: isMcpMuxError(thrown) ? thrown.code : thrown === undefined ? undefined : 'admin.broken',
    },
  };
}

function isRefusal(thrown: unknown): boolean {
  return isMcpMuxError(thrown) && (thrown.kind === 'denied' || thrown.kind === 'unauthenticated');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 200) : undefined;
}

function withoutQuery(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  // A path may hold a key as well: the origin says where it leads.
  return new URL(url).origin;
}
