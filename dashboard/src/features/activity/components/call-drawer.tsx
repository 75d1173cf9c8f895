/** Everything about one call: where its time went, who made it, why it was allowed. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { background } from '../../../app/admin.ts';
import { Outcome } from '../../../components/outcome.tsx';
import { Failed, Loading } from '../../../components/page-states.tsx';
import { QualifiedName } from '../../../components/qualified-name.tsx';
import { bytes, count } from '../../../format/numbers.ts';
import { duration, exact } from '../../../format/time.ts';
import { text } from '../../../text/en.ts';
import { Lanes } from './lanes.tsx';

export function CallDrawer({ call: id, close }: { readonly call: string; readonly close: () => void }) {
  const {
    data: call,
    error,
    refetch,
  } = useQuery({ queryKey: ['call', id], queryFn: () => background.getCall(id) });
  return (
    <section className="drawer" aria-label={call?.name ?? text.activity.title}>
      <header>
        <span className="row wrap g3 grow">
          {call !== undefined && (
            <>
              <Outcome outcome={call.outcome} />
              <QualifiedName name={call.name ?? call.method} />
              <span className="t3 small num">
                {exact(call.startedAt)} · {duration(call.ms.total)} · {call.app ?? call.principal.name}
              </span>
            </>
          )}
        </span>
        <button type="button" className="btn quiet s icon" aria-label={text.activity.close} onClick={close}>
          <X className="i" aria-hidden />
        </button>
      </header>
      {call === undefined ? (
        error === null ? (
          <Loading rows={2} />
        ) : (
          <Failed error={error} retry={() => void refetch()} />
        )
      ) : (
        <>
          <Lanes call={call} />
          {call.said !== null && <p className="gut theirs">{call.said}</p>}
          <div className="split g-2 gut">
            <dl className="kv small">
              <dt>{text.server.client}</dt>
              <dd>
                <bdi>{call.app ?? call.principal.name}</bdi> {call.appVersion}
              </dd>
              <dt>{text.activity.columns.folder}</dt>
              <dd className="mono">{call.folder ?? '–'}</dd>
              <dt>{text.nav.servers}</dt>
              <dd>
                {call.server === null ? (
                  '–'
                ) : (
                  <Link className="link" to="/servers/$server" params={{ server: call.server.id }}>
                    {call.server.alias}
                  </Link>
                )}
              </dd>
              <dt>{text.activity.why}</dt>
              <dd>{call.rule ?? '–'}</dd>
            </dl>
            <dl className="kv small">
              <dt>{text.server.revision}</dt>
              <dd className="mono">
                {call.clientSide.revision} → {call.serverSide?.revision ?? '–'}
              </dd>
              <dt>{text.activity.facts}</dt>
              <dd className="num">
                {bytes(call.bytes.request)} → {bytes(call.bytes.result)}, about {count(call.estimatedTokens)}{' '}
                tokens
              </dd>
              {call.asks.length > 0 && (
                <>
                  <dt>{text.activity.outcomes.asked}</dt>
                  <dd>{call.asks.join(', ')}</dd>
                </>
              )}
              {call.code !== null && (
                <>
                  <dt>{text.activity.outcomes.error}</dt>
                  <dd className="mono">{call.code}</dd>
                </>
              )}
              {call.traceId !== null && (
                <>
                  <dt>Trace</dt>
                  <dd className="mono">{call.traceId}</dd>
                </>
              )}
            </dl>
          </div>
        </>
      )}
    </section>
  );
}
