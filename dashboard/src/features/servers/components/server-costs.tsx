/** What a server costs this machine. */
import { useQuery } from '@tanstack/react-query';
import type { ServerDetailDto } from '../../../../../src/contract/types.ts';
import { processesQuery } from '../../../app/queries.ts';
import { bytes, count } from '../../../format/numbers.ts';
import { text } from '../../../text/en.ts';

export function ServerCosts({ server }: { readonly server: ServerDetailDto }) {
  const { data } = useQuery(processesQuery);
  const costs = data?.servers.find(({ serverId }) => serverId === server.id);
  const { state } = server;
  return (
    <section className="panel" aria-labelledby="cost">
      <header>
        <h2 className="h2" id="cost">
          {text.server.cost}
        </h2>
      </header>
      <div className="pad">
        <dl className="kv">
          <dt>{text.server.memory}</dt>
          <dd className="num">
            {costs === undefined || costs.residentBytes === 0 ? '–' : bytes(costs.residentBytes)}
          </dd>
          <dt>{text.server.processes}</dt>
          <dd className="num">
            {costs === undefined || costs.processes.length === 0 ? '–' : count(costs.processes.length)}
            {state.pid !== null && <span className="t3"> pid {state.pid}</span>}
          </dd>
          <dt>{text.server.restarts}</dt>
          <dd className="num">{count(state.restarts)}</dd>
          <dt>{text.server.requests}</dt>
          <dd className="num">
            {count(state.requestsServed)} <span className="t3">{text.server.sinceStart}</span>
          </dd>
          {state.lastError !== null && (
            <>
              <dt>{text.server.lastError}</dt>
              <dd className="wrap-any">{state.lastError}</dd>
            </>
          )}
        </dl>
      </div>
    </section>
  );
}
