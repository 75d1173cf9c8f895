/** components/problem-row — one problem: what happened, why, and the one thing that mends it. */
import { Link } from '@tanstack/react-router';
import {
  Gauge,
  GitCompare,
  Hand,
  Info,
  LogIn,
  type LucideIcon,
  OctagonX,
  Plug,
  SlidersHorizontal,
  TimerReset,
} from 'lucide-react';
import type { ListedProblemDto } from '../../../src/contract/types.ts';
import { useServerActions } from '../features/servers/hooks/use-server-actions.ts';
import { ago } from '../format/time.ts';
import { text } from '../text/en.ts';
import { CopyButton } from './copy-button.tsx';
import { useNow } from './use-now.ts';

const looks: Readonly<Record<ListedProblemDto['harm'], readonly [LucideIcon, string]>> = {
  waits: [Hand, 's-accent'],
  failed: [OctagonX, 's-bad'],
  'sign-in': [LogIn, 's-warn'],
  configuration: [SlidersHorizontal, 's-warn'],
  held: [GitCompare, 's-warn'],
  waiting: [TimerReset, 's-warn'],
  access: [Plug, 's-warn'],
  limits: [Gauge, 's-warn'],
  note: [Info, 's-idle'],
};

export function ProblemRow({ problem }: { readonly problem: ListedProblemDto }) {
  const { harm, title, cause, since, fix, about } = problem;
  const [Icon, family] = looks[harm];
  const now = useNow();
  return (
    <li className={`prob ${family}`}>
      <Icon className="i" aria-hidden />
      <div className="row wrap base g3">
        <b>
          <bdi>{title}</bdi>
        </b>
        <span className="t3 small">{ago(since, now)}</span>
      </div>
      {(cause !== null || fix !== null) && (
        <p className="why">
          {cause} {fix !== null && <span className="t3">{fix.says}</span>}
        </p>
      )}
      <div className="acts">
        {harm === 'waits' ? (
          <Link className="btn primary s" to="/approvals">
            {text.nav.review}
          </Link>
        ) : about.kind === 'server' && about.id !== null ? (
          <ProblemFix id={about.id} name={about.name ?? about.id} harm={harm} />
        ) : (
          fix?.command != null && (
            <>
              <code className="small t2 wrap-any">{fix.command}</code>
              <CopyButton value={fix.command} label={text.common.copy} />
            </>
          )
        )}
      </div>
    </li>
  );
}

/** The buttons for a server: what mends it first, then where to look. */
function ProblemFix({
  id,
  name,
  harm,
}: {
  readonly id: string;
  readonly name: string;
  readonly harm: ListedProblemDto['harm'];
}) {
  const { retry, signIn, isBusy } = useServerActions(id, name);
  return (
    <>
      {(harm === 'failed' || harm === 'waiting') && (
        <button type="button" className="btn s" disabled={isBusy} onClick={retry}>
          {harm === 'failed' ? text.servers.retry : text.servers.retryNow}
        </button>
      )}
      {harm === 'sign-in' && (
        <button type="button" className="btn s" disabled={isBusy} onClick={signIn}>
          {text.servers.signIn}
        </button>
      )}
      {harm === 'held' ? (
        <Link className="btn s" to="/review">
          {text.nav.review}
        </Link>
      ) : harm === 'configuration' ? (
        <Link className="btn s" to="/servers/$server" params={{ server: id }}>
          {text.servers.setValue}
        </Link>
      ) : (
        <Link className="btn quiet s" to="/servers/$server" params={{ server: id }} search={{ tab: 'log' }}>
          {text.servers.showLog}
        </Link>
      )}
    </>
  );
}
