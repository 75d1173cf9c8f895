/** shell/side-bar — where one can go, and where somebody is needed. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
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
  const needed =
    to === '/servers' ? (data?.problems.filter(({ about }) => about.kind === 'server').length ?? 0) : 0;
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
