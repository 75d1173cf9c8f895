/** features/servers — every server: what is up, why not, and the button that mends it. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus, Search, Server } from 'lucide-react';
import { useRef } from 'react';
import { processesQuery, statusQuery } from '../../app/queries.ts';
import { HeadRow } from '../../components/head-row.tsx';
import { Empty, Failed, Loading } from '../../components/page-states.tsx';
import { Segments } from '../../components/segments.tsx';
import { useShortcut } from '../../components/use-shortcut.ts';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { ServerRow } from './components/server-row.tsx';
import { fitsFilter, fitsState, type StateChoice, stateChoices } from './server-filter.ts';

const route = getRouteApi('/servers');

export function ServersPage() {
  const { q = '', state = 'all' } = route.useSearch();
  const navigate = route.useNavigate();
  const search = useRef<HTMLInputElement>(null);
  useShortcut('/', () => search.current?.focus());
  useShortcut('n', () => void navigate({ to: '/servers/new' }));
  const { data, error, refetch } = useQuery(statusQuery);
  const { data: processes } = useQuery(processesQuery);
  const servers = data?.servers ?? [];
  const choice = stateChoices.find((one) => one === state) ?? 'all';
  const shown = servers.filter((server) => fitsState(server, choice) && fitsFilter(server, q));
  const memoryOf = new Map(
    processes?.servers.map(({ serverId, residentBytes }) => [serverId, residentBytes]),
  );
  const choose = (value: string) =>
    void navigate({
      search: { ...(q !== '' && { q }), ...(value !== 'all' && { state: value }) },
      replace: true,
    });
  const filter = (value: string) =>
    void navigate({
      search: { ...(value !== '' && { q: value }), ...(choice !== 'all' && { state: choice }) },
      replace: true,
    });
  const label: Readonly<Record<StateChoice, string>> = {
    all: text.servers.all,
    'need-you': text.servers.needYou,
    connected: text.servers.connected,
    stopped: text.servers.stopped,
    disabled: text.servers.disabled,
  };
  return (
    <PageFrame
      title={text.servers.title}
      beside={<span className="t3 num">{servers.length}</span>}
      actions={
        <Link className="btn primary" to="/servers/new">
          <Plus className="i" aria-hidden />
          {text.servers.add}
        </Link>
      }
    >
      <div className="bar2">
        <label className="search">
          <Search className="i s" aria-hidden />
          <input
            ref={search}
            value={q}
            aria-label={text.servers.filter}
            placeholder={text.servers.filter}
            onChange={(event) => filter(event.target.value)}
          />
          <kbd>/</kbd>
        </label>
        <Segments
          label={text.servers.columns.state}
          value={choice}
          choose={choose}
          segments={stateChoices.map((value) => ({
            value,
            label: label[value],
            count: servers.filter((server) => fitsState(server, value)).length,
          }))}
        />
      </div>
      <div className="page flush">
        {data === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <Failed error={error} retry={() => void refetch()} />
          )
        ) : servers.length === 0 ? (
          <Empty icon={Server} says={text.servers.empty}>
            <Link className="btn primary" to="/servers/new">
              {text.servers.add}
            </Link>
          </Empty>
        ) : shown.length === 0 ? (
          <Empty icon={Search} says={text.common.nothingMatches}>
            <button type="button" className="btn" onClick={() => void navigate({ search: {} })}>
              {text.common.clearFilter}
            </button>
          </Empty>
        ) : (
          <ServerTable>
            {shown.map((server) => (
              <ServerRow key={server.id} server={server} memoryBytes={memoryOf.get(server.id)} />
            ))}
          </ServerTable>
        )}
      </div>
    </PageFrame>
  );
}

function ServerTable({ children }: { readonly children: React.ReactNode }) {
  const { columns } = text.servers;
  return (
    <div className="tbl cols-servers-live" role="table" aria-label={text.servers.title}>
      <HeadRow
        columns={[
          { label: columns.on },
          { label: columns.server },
          { label: columns.state },
          { label: columns.transport, place: 't-hide' },
          { label: columns.tools, place: 'right' },
          { label: columns.requests, place: 'right m-hide' },
          { label: columns.memory, place: 'right m-hide' },
          { label: columns.restarts, place: 'right m-hide' },
          { label: text.servers.actions(''), isUnseen: true },
        ]}
      />
      <div role="rowgroup">{children}</div>
    </div>
  );
}
