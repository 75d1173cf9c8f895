/** Which clients come in, and which servers stand behind, as lines through one point. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleOff } from 'lucide-react';
import type { ServerDto } from '../../../../../src/contract/types.ts';
import { clientsQuery } from '../../../app/queries.ts';
import { lookOf } from '../../../components/state.tsx';
import { Tile } from '../../../components/tile.tsx';
import { useNow } from '../../../components/use-now.ts';
import { counted } from '../../../format/numbers.ts';
import { text } from '../../../text/en.ts';

const rowHeight = 30;
const mostShown = 12;
const dayMs = 86_400_000;

export function Wiring({ servers }: { readonly servers: readonly ServerDto[] }) {
  const now = useNow();
  const { data } = useQuery(clientsQuery);
  const clients = (data?.clients ?? [])
    .filter(({ lastSeenAt }) => lastSeenAt !== null && now - lastSeenAt < dayMs)
    .slice(0, mostShown);
  const shown = servers.filter(({ isEnabled }) => isEnabled).slice(0, mostShown);
  const disabled = servers.filter(({ isEnabled }) => !isEnabled);
  const height = Math.max(clients.length, shown.length, 1) * rowHeight;
  const middle = height / 2;
  const placeOf = (at: number, of: number): number => middle + (at - (of - 1) / 2) * rowHeight;
  return (
    <section className="panel" aria-labelledby="wire">
      <header>
        <h2 className="h2" id="wire">
          {text.home.wiring}
        </h2>
        <span className="t3 small">{text.home.now}</span>
      </header>
      <div className="pad-s">
        <div className="wire">
          <ul aria-label={text.nav.clients}>
            {clients.map(({ id, name }) => (
              <li key={id}>
                <Link className="cut" to="/clients">
                  <bdi>{name}</bdi>
                </Link>
                <Tile name={name} />
              </li>
            ))}
          </ul>
          <svg className="net" viewBox={`0 0 76 ${height}`} preserveAspectRatio="none" aria-hidden>
            {clients.map(({ id }, at) => {
              const y = placeOf(at, clients.length);
              return <path key={id} className="s-ok" d={`M4 ${y}C22 ${y} 16 ${middle} 34 ${middle}`} />;
            })}
            {shown.map(({ id, state }, at) => {
              const y = placeOf(at, shown.length);
              const { family } = lookOf(state.status);
              return (
                <path key={id} className={`s-${family}`} d={`M42 ${middle}C60 ${middle} 54 ${y} 72 ${y}`} />
              );
            })}
            <path className="hub" d={`M38 ${middle}h.1`} />
          </svg>
          <ul aria-label={text.nav.servers}>
            {shown.map((server) => (
              <WiredServer key={server.id} server={server} />
            ))}
          </ul>
        </div>
      </div>
      {disabled.length > 0 && (
        <footer className="small t2">
          <CircleOff className="i s" aria-hidden />
          <span className="grow">{text.home.disabled(disabled.map(({ name }) => name).join(', '))}</span>
        </footer>
      )}
    </section>
  );
}

function WiredServer({ server }: { readonly server: ServerDto }) {
  const { word, icon: Icon, family } = lookOf(server.state.status);
  const isFine = server.state.status === 'connected';
  return (
    <li>
      <span className={`x-${family} row`}>
        <Icon className="i s" aria-hidden />
      </span>
      <Link className="cut" to="/servers/$server" params={{ server: server.id }}>
        <bdi>{server.name}</bdi>
      </Link>
      <span className={`small nowrap push ${isFine ? 't3' : `x-${family}`}`}>
        {isFine ? counted(server.counts.tools, 'tool') : word}
      </span>
    </li>
  );
}
