/** The newest calls, as they end. */
import { Link } from '@tanstack/react-router';
import type { ServerDto } from '../../../../../src/contract/types.ts';
import { Outcome } from '../../../components/outcome.tsx';
import { QualifiedName } from '../../../components/qualified-name.tsx';
import { useNow } from '../../../components/use-now.ts';
import { ago, duration, exact } from '../../../format/time.ts';
import { text } from '../../../text/en.ts';
import { useLiveCalls } from '../../activity/hooks/use-live-calls.ts';

const shown = 8;

export function LastCalls({ servers }: { readonly servers: readonly ServerDto[] }) {
  const now = useNow();
  const { calls, isLive } = useLiveCalls('', shown);
  return (
    <section className="panel" aria-labelledby="last">
      <header>
        <h2 className="h2" id="last">
          {text.home.lastCalls}
        </h2>
        {isLive && (
          <span className="chip s-ok">
            <span className="dot s-ok" />
            {text.status.live}
          </span>
        )}
        <i className="push" />
        <Link className="btn quiet s" to="/activity">
          {text.home.allActivity}
        </Link>
      </header>
      {calls.length === 0 ? (
        <p className="pad-s t2">{text.home.noCalls}</p>
      ) : (
        <div className="tbl cols-recent" role="table" aria-label={text.home.lastCalls}>
          <div role="rowgroup">
            {calls.map((call) => (
              <div className="tr" role="row" key={call.id}>
                <span role="cell">
                  <Outcome outcome={call.outcome} />
                </span>
                <span role="cell" className="t3 num small" title={exact(call.endedAt)}>
                  {ago(call.endedAt, now)}
                </span>
                <span role="cell" className="lead cut">
                  <Link to="/activity" search={{ call: String(call.id) }}>
                    <QualifiedName
                      name={call.name ?? call.method}
                      alias={servers.find(({ id }) => id === call.server?.id)?.alias}
                    />
                  </Link>
                </span>
                <span role="cell" className="t2 cut s-hide">
                  <bdi>{call.app ?? call.principal.name}</bdi>
                </span>
                <span role="cell" className="num right t2">
                  {duration(call.ms.total)}
                </span>
              </div>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
