/**
 * admin/browser/step-up.test — the verdict for each kind of action, by the socket, a fresh link and an older session.
 */
import { expect, it } from 'vitest';
import { isMcpMuxError } from '../../base/index.ts';
import { type RouteId, routes } from '../../contract/index.ts';
import type { AdminSession } from './admin-sessions.ts';
import { judgeStepUp } from './step-up.ts';

const now = 1_000_000;
const session = (freshUntil: number): AdminSession => ({
  id: 's',
  how: 'link',
  openedAt: 0,
  endsAt: 2_000_000,
  lastSeenAt: now,
  freshUntil,
  browser: '',
  address: '',
});

const none = 'done';
const stepUp = 'admin.needs_fresh_link';
const never = 'admin.link_only';

it.each<[RouteId, unknown, string, string]>([
  // what is asked, body, verdict for an older session, for a fresh one
  ['listServers', undefined, none, none],
  ['callTool', { arguments: {} }, none, none],
  ['addServer', { name: 'a', launch: { kind: 'http', url: 'https://a.example' } }, none, none],
  ['addServer', { name: 'a', launch: { kind: 'http', url: 'https://a', allowsExec: true } }, stepUp, none],
  ['addServer', { name: 'a', launch: { kind: 'stdio', command: 'sh' } }, stepUp, none],
  ['changeServer', { isEnabled: false }, none, none],
  ['changeServer', { launch: { url: 'https://a.example' } }, none, none],
  ['changeServer', { launch: { command: 'sh' } }, stepUp, none],
  ['changeServer', { launch: { args: ['-c'] } }, stepUp, none],
  ['changeServer', { launch: { env: { LD_PRELOAD: 'x' } } }, stepUp, none],
  ['changeServer', { launch: { cwd: null } }, stepUp, none],
  ['changeServer', { launch: { allowsExec: true } }, stepUp, none],
  ['backUp', { file: '/x', passphrase: 'p' }, stepUp, none],
  ['rotateRootKey', {}, stepUp, none],
  ['makeLink', {}, never, never],
  ['makeCode', undefined, never, never],
])('%s %j: %s, with a fresh link %s', (id, body, older, fresh) => {
  const verdict = (caller: AdminSession | undefined): string => {
    try {
      judgeStepUp(routes[id], body, caller, now);
      return none;
    } catch (error) {
      return isMcpMuxError(error) ? error.code : String(error);
    }
  };
  expect([verdict(undefined), verdict(session(now)), verdict(session(now + 1))]).toEqual([
    none,
    older,
    fresh,
  ]);
});
