/** shell/status-bar — the daemon in one line, and whether what is shown is live. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { statusQuery } from '../app/queries.ts';
import { useConnection } from '../app/use-connection.ts';
import { useNow } from '../components/use-now.ts';
import { coarse } from '../format/time.ts';
import { text } from '../text/en.ts';

export function StatusBar() {
  const now = useNow();
  const { state } = useConnection();
  const { data } = useQuery(statusQuery);
  const family = state === 'live' ? 'ok' : state === 'offline' ? 'bad' : 'busy';
  return (
    <footer className="foot">
      {data !== undefined && (
        <>
          <span>{text.status.runningFor(coarse(now - data.startedAt))}</span>
          <span className="mono">{new URL(data.url).host}</span>
          <Link to="/servers">
            {text.status.connected(
              data.servers.filter((server) => server.state.status === 'connected').length,
              data.servers.length,
            )}
          </Link>
          {data.exposure.status === 'on' && (
            <span className="x-warn">{text.status.exposed(data.exposure.url ?? '')}</span>
          )}
          {data.problems.length > 0 && (
            <Link className="x-warn" to="/">
              {text.status.needYou(data.problems.length)}
            </Link>
          )}
        </>
      )}
      <i className="push" />
      <span className={`row g3 x-${family}`}>
        <span className={`dot s-${family}`} />
        {text.status[state]}
      </span>
      {data !== undefined && <span>{data.version}</span>}
    </footer>
  );
}
