/** The buttons that mend a server: what helps first, then where to look. */
import { Link } from '@tanstack/react-router';
import { ExternalLink, RotateCcw } from 'lucide-react';
import type { ServerDto } from '../../../../../src/contract/types.ts';
import { text } from '../../../text/en.ts';
import type { ServerActions } from '../hooks/use-server-actions.ts';

export function ServerFix({
  server,
  actions,
}: {
  readonly server: ServerDto;
  readonly actions: ServerActions;
}) {
  const { status } = server.state;
  const params = { server: server.id };
  if (status === 'needs-configuration')
    return (
      <Link className="btn s" to="/servers/$server" params={params}>
        {text.servers.setValue}
      </Link>
    );
  if (status === 'sign-in-required' || status === 'authenticating')
    return (
      <button type="button" className="btn s" disabled={actions.isBusy} onClick={actions.signIn}>
        <ExternalLink className="i" aria-hidden />
        {text.servers.signIn}
      </button>
    );
  return (
    <>
      <button type="button" className="btn s" disabled={actions.isBusy} onClick={actions.retry}>
        <RotateCcw className="i" aria-hidden />
        {status === 'failed' ? text.servers.retry : text.servers.retryNow}
      </button>
      <Link className="btn quiet s" to="/servers/$server" params={params} search={{ tab: 'log' }}>
        {text.servers.showLog}
      </Link>
    </>
  );
}
