/** features/activity — calls as they end, those from before, and everything about one of them. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Activity, Pause, Play, Search } from 'lucide-react';
import { useRef, useState } from 'react';
import { callsQuery, statusQuery } from '../../app/queries.ts';
import { HeadRow } from '../../components/head-row.tsx';
import { Empty, Failed } from '../../components/page-states.tsx';
import { useShortcut } from '../../components/use-shortcut.ts';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { CallDrawer } from './components/call-drawer.tsx';
import { CallRow } from './components/call-row.tsx';
import { useLiveCalls } from './hooks/use-live-calls.ts';

const route = getRouteApi('/activity');
const page = 100;

export function ActivityPage() {
  const { q = '', call: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  const search = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(q);
  const [isPaused, setPaused] = useState(false);
  const [limit, setLimit] = useState(page);
  useShortcut('/', () => search.current?.focus());
  useShortcut('p', () => setPaused((paused) => !paused));
  useShortcut('Escape', () => void navigate({ search: q === '' ? {} : { q } }));
  const { data: status } = useQuery(statusQuery);
  const live = useLiveCalls(q, limit, isPaused);
  const past = useQuery({ ...callsQuery(q, limit), enabled: isPaused || live.error !== undefined });
  const calls = live.calls.length > 0 ? live.calls : (past.data?.calls ?? []);
  const open = (call: number | undefined) =>
    void navigate({ search: { ...(q !== '' && { q }), ...(call !== undefined && { call: String(call) }) } });
  const { columns } = text.activity;
  return (
    <PageFrame
      title={text.activity.title}
      beside={
        live.isLive && !isPaused ? (
          <span className="chip s-ok">
            <span className="dot s-ok" />
            {text.status.live}
          </span>
        ) : undefined
      }
      actions={
        <button type="button" className="btn" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? <Play className="i" aria-hidden /> : <Pause className="i" aria-hidden />}
          {isPaused ? text.activity.goOn : text.activity.pause}
        </button>
      }
    >
      <form
        className="bar2"
        onSubmit={(event) => {
          event.preventDefault();
          void navigate({ search: typed === '' ? {} : { q: typed } });
        }}
      >
        <label className="search">
          <Search className="i s" aria-hidden />
          <input
            ref={search}
            value={typed}
            aria-label={text.activity.filter}
            placeholder={text.activity.filter}
            onChange={({ target }) => setTyped(target.value)}
          />
          <kbd>/</kbd>
        </label>
      </form>
      <div className="page flush">
        {live.error !== undefined ? (
          <Failed error={live.error} retry={() => void past.refetch()} />
        ) : calls.length === 0 ? (
          <Empty
            icon={q === '' ? Activity : Search}
            says={q === '' ? text.activity.empty : text.common.nothingMatches}
          >
            {q !== '' && (
              <button
                type="button"
                className="btn"
                onClick={() => {
                  setTyped('');
                  void navigate({ search: {} });
                }}
              >
                {text.common.clearFilter}
              </button>
            )}
          </Empty>
        ) : (
          <div className="tbl cols-calls" role="table" aria-label={text.activity.title}>
            <HeadRow
              columns={[
                { label: text.activity.outcome, isUnseen: true },
                { label: columns.time },
                { label: columns.tool },
                { label: columns.said, place: 't-hide' },
                { label: columns.folder, place: 't-hide' },
                { label: columns.client },
                { label: columns.took, place: 'right' },
              ]}
            />
            <div role="rowgroup">
              {calls.map((call) => (
                <CallRow
                  key={call.id}
                  call={call}
                  alias={status?.servers.find(({ id }) => id === call.server?.id)?.alias}
                  isSelected={String(call.id) === chosen}
                  open={() => open(call.id)}
                />
              ))}
            </div>
          </div>
        )}
        {calls.length >= limit && (
          <div className="pad row">
            <button type="button" className="btn" onClick={() => setLimit(limit + page)}>
              {text.activity.older}
            </button>
          </div>
        )}
      </div>
      {chosen !== undefined && <CallDrawer call={chosen} close={() => open(undefined)} />}
    </PageFrame>
  );
}
