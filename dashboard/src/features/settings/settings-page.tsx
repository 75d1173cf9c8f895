/** features/settings — how the pages look, and every setting of the daemon with where it came from. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { settingsQuery } from '../../app/queries.ts';
import { Failed, Loading } from '../../components/page-states.tsx';
import { Segments } from '../../components/segments.tsx';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { chooseTheme, chosenTheme, type Theme, themes } from './theme.ts';

export function SettingsPage() {
  const { data, error, refetch } = useQuery(settingsQuery);
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  return (
    <PageFrame title={text.settings.title}>
      <div className="page mid">
        <section className="panel" aria-labelledby="appearance">
          <header>
            <h2 className="h2" id="appearance">
              {text.settings.appearance}
            </h2>
          </header>
          <div className="pad row g6">
            <span className="label">{text.common.theme}</span>
            <Segments
              label={text.common.theme}
              value={theme}
              choose={(value) => {
                chooseTheme(value as Theme);
                setTheme(value as Theme);
              }}
              segments={themes.map((value) => ({ value, label: text.common.themes[value] }))}
            />
          </div>
        </section>
        <section className="panel" aria-labelledby="all">
          <header>
            <h2 className="h2" id="all">
              {text.settings.all}
            </h2>
            <span className="t3 small s-hide">{text.settings.says}</span>
          </header>
          {data === undefined ? (
            error === null ? (
              <Loading />
            ) : (
              <Failed error={error} retry={() => void refetch()} />
            )
          ) : (
            data.settings.map(({ name, value, origin, source, says }) => (
              <div className="set" key={name}>
                <span>
                  <span className="mono strong">{name}</span>
                  {says !== null && <p className="small t2">{says}</p>}
                </span>
                <span className="mono small wrap-any row">{value === null ? '–' : String(value)}</span>
                <span className="small t3 wrap-any" title={source ?? ''}>
                  {origin}
                </span>
              </div>
            ))
          )}
        </section>
      </div>
    </PageFrame>
  );
}
