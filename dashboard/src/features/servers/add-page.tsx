/** features/servers — adds a server: from the catalogue, or from anything that is pasted. Nothing runs before it was shown. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ChevronRight, Search } from 'lucide-react';
import { useState } from 'react';
import type { PlanInstallBody } from '../../../../src/contract/types.ts';
import { admin } from '../../app/admin.ts';
import { catalogueQuery } from '../../app/queries.ts';
import { Failed, Loading } from '../../components/page-states.tsx';
import { Tile } from '../../components/tile.tsx';
import { useToasts } from '../../components/toasts.tsx';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { InstallPlan } from './components/install-plan.tsx';
import { targetOf } from './target-of.ts';

const route = getRouteApi('/servers/new');

export function AddPage() {
  const { q = '', from } = route.useSearch();
  const navigate = route.useNavigate();
  const { fail } = useToasts();
  const [pasted, setPasted] = useState('');
  const { data, error, refetch } = useQuery(catalogueQuery(q));
  const plan = useMutation({
    mutationFn: (target: PlanInstallBody['target']) => admin.planInstall({ target }),
    onError: (failure) => fail(text.add.look, failure),
  });
  const choose = (id: string) => {
    void navigate({ search: { ...(q !== '' && { q }), from: id }, replace: true });
    plan.mutate({ kind: 'definition', id });
  };
  return (
    <PageFrame
      title={text.add.title}
      before={
        <span className="crumbs">
          <Link to="/servers">{text.servers.title}</Link>
          <ChevronRight className="i s" aria-hidden />
        </span>
      }
    >
      <div className="page">
        <div className="split g-add">
          <section className="panel" aria-labelledby="catalogue">
            <header>
              <h2 className="h2" id="catalogue">
                {text.add.catalogue}
              </h2>
            </header>
            <div className="pad-s">
              <label className="search">
                <Search className="i s" aria-hidden />
                <input
                  value={q}
                  aria-label={text.add.search}
                  placeholder={text.add.search}
                  onChange={({ target }) =>
                    void navigate({ search: target.value === '' ? {} : { q: target.value }, replace: true })
                  }
                />
              </label>
            </div>
            {data === undefined ? (
              error === null ? (
                <Loading />
              ) : (
                <Failed error={error} retry={() => void refetch()} />
              )
            ) : data.servers.length === 0 ? (
              <p className="pad t2">{text.add.nothingFound}</p>
            ) : (
              <ul className="rows catalogue-list">
                {data.servers.map((entry) => (
                  <li key={entry.id} className="tool-row">
                    <button
                      type="button"
                      className="bare row top"
                      aria-current={entry.id === from ? 'true' : undefined}
                      onClick={() => choose(entry.id)}
                    >
                      <Tile name={entry.title} />
                      <span className="grow">
                        <b className="strong">
                          <bdi>{entry.title}</bdi>
                        </b>
                        <span className="t3 small two-lines">{entry.description}</span>
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </section>
          <div className="col g6">
            <form
              className="panel"
              aria-labelledby="paste"
              onSubmit={(event) => {
                event.preventDefault();
                plan.mutate(targetOf(pasted));
              }}
            >
              <header>
                <h2 className="h2" id="paste">
                  {text.add.paste}
                </h2>
                <span className="t3 small s-hide">{text.add.pasteSays}</span>
              </header>
              <div className="pad-s">
                <textarea
                  className="input mono"
                  rows={6}
                  aria-labelledby="paste"
                  placeholder={text.add.placeholder}
                  spellCheck={false}
                  value={pasted}
                  onChange={({ target }) => setPasted(target.value)}
                />
              </div>
              <footer>
                <i className="push" />
                <button type="submit" className="btn" disabled={pasted.trim() === '' || plan.isPending}>
                  {text.add.look}
                </button>
              </footer>
            </form>
            {plan.data?.refused.map(({ name, reason }) => (
              <p className="note-box s-bad" key={name}>
                <b>{name}</b> {reason}
              </p>
            ))}
            {plan.data?.plans.map((one) => (
              <InstallPlan
                key={one.digest}
                plan={one}
                target={plan.variables}
                installed={(server) => void navigate({ to: '/servers/$server', params: { server } })}
              />
            ))}
          </div>
        </div>
      </div>
    </PageFrame>
  );
}
