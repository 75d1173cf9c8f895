/**
 * admin/browser/step-up — what a browser may do with its session alone, and what needs a link that was used just now.
 *
 * A session that was left open on a desk, or that a program on this machine has got hold of, must not be enough to run a
 * new program as this user or to carry secrets away.
 * Pure.
 */
import type { RouteFacts } from '../../contract/index.ts';
import { adminError } from '../errors.ts';
import type { AdminSession } from './admin-sessions.ts';

/**
 * @param session undefined = the socket, where only this user comes from
 * @throws admin.link_only, admin.needs_fresh_link
 */
export function judgeStepUp(
  facts: RouteFacts,
  body: unknown,
  session: AdminSession | undefined,
  now: number,
): void {
  if (session === undefined || facts.browser === undefined) return;
  if (facts.browser === 'socket') throw adminError('link_only');
  if (now < session.freshUntil) return;
  if (facts.browser === 'fresh-link') throw adminError('needs_fresh_link', { what: 'this' });
  if (namesProgram(body)) throw adminError('needs_fresh_link', { what: 'a new command to run' });
}

/** Does it say what is run: a command, its arguments, its folder or its environment? */
function namesProgram(body: unknown): boolean {
  const launch = (body as { readonly launch?: Record<string, unknown> } | undefined)?.launch;
  if (launch === undefined || launch === null) return false;
  if (launch['kind'] === 'stdio' || launch['allowsExec'] !== undefined) return true;
  return ['command', 'args', 'cwd', 'env'].some((name) => launch[name] !== undefined);
}
