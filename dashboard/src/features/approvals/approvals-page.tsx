/** features/approvals — calls that wait for a person: exactly what would be done, by whom, and how long is left. */
import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { approvalRulesQuery, approvalsQuery } from '../../app/queries.ts';
import { Empty, Failed, Loading } from '../../components/page-states.tsx';
import { QualifiedName } from '../../components/qualified-name.tsx';
import { Tile } from '../../components/tile.tsx';
import { clock } from '../../format/time.ts';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { WaitingCall } from './components/waiting-call.tsx';

export function ApprovalsPage() {
  const { data, error, refetch } = useQuery(approvalsQuery);
  const { data: rules } = useQuery(approvalRulesQuery);
  const waiting = data?.waiting.filter(({ outcome }) => outcome === null) ?? [];
  const past = data?.waiting.filter(({ outcome }) => outcome !== null) ?? [];
  const standing = rules?.standing ?? [];
  return (
    <PageFrame title={text.approvals.title} beside={<span className="t3 num">{waiting.length}</span>}>
      <div className="page">
        {data === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <Failed error={error} retry={() => void refetch()} />
          )
        ) : (
          <div className="split g-side">
            <div className="col g6" aria-live="assertive">
              {waiting.length === 0 ? (
                <Empty icon={ShieldCheck} says={text.approvals.empty} />
              ) : (
                waiting.map((call) => <WaitingCall key={call.number} call={call} />)
              )}
            </div>
            <div className="col g6">
              {standing.length > 0 && (
                <section className="panel" aria-labelledby="remembered">
                  <header>
                    <h2 className="h2" id="remembered">
                      {text.approvals.remembered}
                    </h2>
                    <span className="t3 small num">{standing.length}</span>
                  </header>
                  <ul className="rows">
                    {standing.map(({ id, client, tool }) => (
                      <li key={id}>
                        <Tile name={client} />
                        <span className="grow col g1">
                          <QualifiedName name={tool} />
                          <span className="t3 small">
                            <bdi>{client}</bdi>, {text.approvals.always}
                          </span>
                        </span>
                      </li>
                    ))}
                  </ul>
                </section>
              )}
              {past.length > 0 && (
                <section className="panel" aria-labelledby="past">
                  <header>
                    <h2 className="h2" id="past">
                      {text.approvals.past}
                    </h2>
                  </header>
                  <ul className="rows tight">
                    {past.map(({ number, tool, outcome, since }) => (
                      <li key={number}>
                        <span className="grow col g1">
                          <QualifiedName name={tool} />
                          <span className="t3 small">
                            {outcome === null ? '' : text.approvals.outcomes[outcome]}
                          </span>
                        </span>
                        <span className="num t3 small">{clock(since)}</span>
                      </li>
                    ))}
                  </ul>
                </section>
              )}
            </div>
          </div>
        )}
      </div>
    </PageFrame>
  );
}
