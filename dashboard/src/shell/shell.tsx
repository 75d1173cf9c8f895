/** shell/shell — side bar, page, status bar; on a phone a bar of tabs. */
import { Link, Outlet } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { text } from '../text/en.ts';
import { Banners } from './banners.tsx';
import { groups } from './pages.ts';
import { PageLink, SideBar } from './side-bar.tsx';
import { StatusBar } from './status-bar.tsx';

/** What a phone shows without opening a menu. */
const short = new Set<string>(['/', '/servers', '/activity', '/approvals']);

export function Shell() {
  return (
    <>
      <a className="skip" href="#main">
        {text.skip}
      </a>
      <div className="app">
        <SideBar />
        <div className="main">
          <Banners />
          <Outlet />
        </div>
        <StatusBar />
        <nav className="tabbar" aria-label={`${text.nav.label}, ${text.nav.more}`}>
          {groups
            .flatMap(({ pages }) => pages)
            .filter(({ to }) => short.has(to))
            .map((page) => (
              <PageLink key={page.to} page={page} />
            ))}
          <Link to="/more">
            <Ellipsis className="i" aria-hidden />
            {text.nav.more}
          </Link>
        </nav>
      </div>
    </>
  );
}
