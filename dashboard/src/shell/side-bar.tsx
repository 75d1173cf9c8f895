/** shell/side-bar — where one can go, and where somebody is needed. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ListedProblemDto } from '../../../src/contract/types.ts';
import { statusQuery } from '../app/queries.ts';
import { text } from '../text/en.ts';
import { Mark } from './mark.tsx';
import { groups, type Page } from './pages.ts';

export function SideBar() {
  return (
    <nav className="side" aria-label={text.nav.label}>
      <Link className="brand" to="/" aria-label={`${text.product}, ${text.nav.home}`}>
        <Mark />
        <span className="word">{text.product}</span>
      </Link>
      {groups.map(({ label, pages }) => (
        <div className="nav" key={label ?? 'first'}>
          {label !== undefined && <div className="eyebrow">{label}</div>}
          {pages.map((page) => (
            <PageLink key={page.to} page={page} />
          ))}
        </div>
      ))}
    </nav>
  );
}

export function PageLink({ page: { to, label, icon: Icon } }: { readonly page: Page }) {
  const { data } = useQuery(statusQuery);
  const needed = data === undefined ? 0 : data.problems.filter((problem) => leadsTo(to, problem)).length;
  return (
    <Link to={to} activeOptions={{ exact: to === '/' }} title={label}>
      <Icon className="i" aria-hidden />
      {label}
      {needed > 0 && (
        <span className="count s-warn" title={text.nav.needYou(needed)}>
          {needed}
        </span>
      )}
    </Link>
  );
}

/** Where a problem is solved. */
function leadsTo(to: Page['to'], { harm, about }: ListedProblemDto): boolean {
  if (harm === 'waits') return to === '/approvals';
  if (harm === 'held') return to === '/review';
  if (harm === 'access') return to === '/clients';
  return to === '/servers' && about.kind === 'server';
}
