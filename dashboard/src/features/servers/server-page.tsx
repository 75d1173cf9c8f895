/** features/servers — one server: why it is as it is, what it costs, what it offers, what it says. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ChevronRight, Unplug } from 'lucide-react';
import { serverQuery } from '../../app/queries.ts';
import { Empty, Failed, Loading } from '../../components/page-states.tsx';
import { State } from '../../components/state.tsx';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { Features } from './components/features.tsx';
import { Inputs } from './components/inputs.tsx';
import { ServerCosts } from './components/server-costs.tsx';
import { ServerFacts } from './components/server-facts.tsx';
import { ServerFix } from './components/server-fix.tsx';
import { ServerLog } from './components/server-log.tsx';
import { ServerMenu } from './components/server-menu.tsx';
import { WhatReachesClients } from './components/what-reaches-clients.tsx';
import { useServerActions } from './hooks/use-server-actions.ts';

const route = getRouteApi('/servers/$server');
const tabs = ['overview', 'features', 'log', 'used-by'] as const;
type Tab = (typeof tabs)[number];

const labels: Readonly<Record<Tab, string>> = {
  overview: text.server.overview,
  features: text.server.features,
  log: text.server.log,
  'used-by': text.server.usedBy,
};
const needsFix: ReadonlySet<string> = new Set(['failed', 'waiting', 'sign-in-required', 'authenticating']);

export function ServerPage() {
  const { server: id } = route.useParams();
  const { tab: wished } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: server, error, refetch } = useQuery(serverQuery(id));
  const actions = useServerActions(id, server?.name ?? id);
  const tab = tabs.find((one) => one === wished) ?? 'overview';
  const crumbs = (
    <span className="crumbs">
      <Link to="/servers">{text.servers.title}</Link>
      <ChevronRight className="i s" aria-hidden />
    </span>
  );
  if (server === undefined)
    return (
      <PageFrame title={text.servers.title} before={crumbs}>
        {error === null ? (
          <Loading />
        ) : 'status' in error && error.status === 404 ? (
          <Empty icon={Unplug} says={text.server.notThere}>
            <Link className="btn" to="/servers">
              {text.servers.title}
            </Link>
          </Empty>
        ) : (
          <Failed error={error} retry={() => void refetch()} />
        )}
      </PageFrame>
    );
  const { counts } = server;
  const offered = counts.tools + counts.prompts + counts.resources + counts.templates;
  return (
    <PageFrame
      title={server.name}
      before={crumbs}
      beside={<State status={server.state.status} />}
      actions={
        <>
          {needsFix.has(server.state.status) && <ServerFix server={server} actions={actions} />}
          <ServerMenu server={server} actions={actions} removed={() => void navigate({ to: '/servers' })} />
        </>
      }
    >
      <nav className="tabs" aria-label={server.name}>
        {tabs.map((one) => (
          <Link
            key={one}
            to="/servers/$server"
            params={{ server: id }}
            search={one === 'overview' ? {} : { tab: one }}
            aria-current={one === tab ? 'page' : undefined}
          >
            {labels[one]}
            {one === 'features' && <span className="num">{offered}</span>}
          </Link>
        ))}
      </nav>
      <div className="page">
        {server.inputs.some(({ isRequired, isGiven }) => isRequired && !isGiven) && (
          <Inputs server={server} actions={actions} />
        )}
        {tab === 'overview' && (
          <div className="split g-detail">
            <div className="col g6">
              <ServerFacts server={server} />
              <ServerCosts server={server} />
            </div>
            <div className="col g6">
              <ServerLog server={server} />
            </div>
          </div>
        )}
        {tab === 'features' && <Features server={server} />}
        {tab === 'log' && <ServerLog server={server} isTall />}
        {tab === 'used-by' && <WhatReachesClients server={server} />}
      </div>
    </PageFrame>
  );
}
