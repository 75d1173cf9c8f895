/** features/home — what needs a person, what happened last, and what is wired to what. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { statusQuery } from '../../app/queries.ts';
import { Failed, Loading } from '../../components/page-states.tsx';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { Endpoint } from './components/endpoint.tsx';
import { FirstRun } from './components/first-run.tsx';
import { LastCalls } from './components/last-calls.tsx';
import { Problems } from './components/problems.tsx';
import { Wiring } from './components/wiring.tsx';

export function HomePage() {
  const { data, error, refetch } = useQuery(statusQuery);
  return (
    <PageFrame
      title={text.nav.home}
      actions={
        <Link className="btn primary" to="/servers/new">
          <Plus className="i" aria-hidden />
          {text.home.addServer}
        </Link>
      }
    >
      {data === undefined ? (
        error === null ? (
          <Loading />
        ) : (
          <Failed error={error} retry={() => void refetch()} />
        )
      ) : data.servers.length === 0 ? (
        <FirstRun url={data.url} />
      ) : (
        <div className="page">
          <Endpoint status={data} />
          <div className="split g-home">
            <div className="col g6">
              <Problems problems={data.problems} />
              <LastCalls servers={data.servers} />
            </div>
            <div className="col g6">
              <Wiring servers={data.servers} />
            </div>
          </div>
        </div>
      )}
    </PageFrame>
  );
}
