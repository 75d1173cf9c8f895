/** features/tools — what clients get: every tool with its description and schema. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Search, Wrench } from 'lucide-react';
import { useRef } from 'react';
import { toolsQuery } from '../../app/queries.ts';
import { Empty, Failed, Loading } from '../../components/page-states.tsx';
import { QualifiedName } from '../../components/qualified-name.tsx';
import { useShortcut } from '../../components/use-shortcut.ts';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { aliasOf, ToolDetail } from './components/tool-detail.tsx';

const route = getRouteApi('/tools');
/** More rows than anybody reads; the search finds the rest. */
const mostShown = 500;

export function ToolsPage() {
  const { q = '', tool: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  const search = useRef<HTMLInputElement>(null);
  useShortcut('/', () => search.current?.focus());
  const { data, error, refetch } = useQuery(toolsQuery(q));
  const tools = data?.tools ?? [];
  const tool = tools.find(({ name }) => name === chosen) ?? tools[0];
  return (
    <PageFrame title={text.tools.title} beside={<span className="t3 num">{tools.length}</span>}>
      <div className="bar2">
        <label className="search">
          <Search className="i s" aria-hidden />
          <input
            ref={search}
            value={q}
            aria-label={text.tools.filter}
            placeholder={text.tools.filter}
            onChange={({ target }) =>
              void navigate({ search: target.value === '' ? {} : { q: target.value }, replace: true })
            }
          />
          <kbd>/</kbd>
        </label>
      </div>
      <div className="page flush">
        {data === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <Failed error={error} retry={() => void refetch()} />
          )
        ) : tool === undefined ? (
          <Empty
            icon={q === '' ? Wrench : Search}
            says={q === '' ? text.tools.empty : text.common.nothingMatches}
          >
            {q !== '' && (
              <button type="button" className="btn" onClick={() => void navigate({ search: {} })}>
                {text.common.clearFilter}
              </button>
            )}
          </Empty>
        ) : (
          <div className="split g-tools">
            <ul className="rows tools-list" aria-label={text.tools.title}>
              {tools.slice(0, mostShown).map((one) => (
                <li key={one.name} className="tool-row">
                  <Link
                    to="/tools"
                    search={{ ...(q !== '' && { q }), tool: one.name }}
                    aria-current={one === tool ? 'true' : undefined}
                  >
                    <QualifiedName name={one.name} alias={aliasOf(one)} />
                    {!one.isAvailable && <span className="chip s-warn">{text.tools.unavailable}</span>}
                  </Link>
                </li>
              ))}
            </ul>
            <div className="pane">
              <ToolDetail tool={tool} />
            </div>
          </div>
        )}
      </div>
    </PageFrame>
  );
}
