/** shell/more-page — every page as a list: what a phone's bar of tabs has no room for. */
import { Link } from '@tanstack/react-router';
import { text } from '../text/en.ts';
import { PageFrame } from './page.tsx';
import { groups } from './pages.ts';

export function MorePage() {
  return (
    <PageFrame title={text.nav.more}>
      <div className="page mid">
        {groups.map(({ label, pages }) => (
          <section className="panel" key={label ?? 'first'} aria-label={label ?? text.nav.label}>
            {label !== undefined && (
              <header>
                <h2 className="h2">{label}</h2>
              </header>
            )}
            <div className="rows">
              {pages.map(({ to, label: name, icon: Icon }) => (
                <Link key={to} to={to}>
                  <Icon className="i" aria-hidden />
                  {name}
                </Link>
              ))}
            </div>
          </section>
        ))}
      </div>
    </PageFrame>
  );
}
