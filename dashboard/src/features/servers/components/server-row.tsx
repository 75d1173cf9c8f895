/** One server in the list: its switch, its state, and below it why it is not up and what mends that. */
import { Link } from '@tanstack/react-router';
import type { ServerDto } from '../../../../../src/contract/types.ts';
import { State } from '../../../components/state.tsx';
import { Tile } from '../../../components/tile.tsx';
import { useNow } from '../../../components/use-now.ts';
import { bytes, count } from '../../../format/numbers.ts';
import { coarse } from '../../../format/time.ts';
import { text } from '../../../text/en.ts';
import { useServerActions } from '../hooks/use-server-actions.ts';
import { ServerFix } from './server-fix.tsx';
import { ServerMenu } from './server-menu.tsx';

const needsNote: ReadonlySet<string> = new Set([
  'failed',
  'waiting',
  'sign-in-required',
  'needs-configuration',
  'authenticating',
]);

export function ServerRow({
  server,
  memoryBytes,
}: {
  readonly server: ServerDto;
  readonly memoryBytes: number | undefined;
}) {
  const { id, name, alias, state, launch, counts, isEnabled } = server;
  const actions = useServerActions(id, name);
  const now = useNow();
  return (
    <div className="tr" role="row">
      <span role="cell">
        <button
          type="button"
          className="switch"
          role="switch"
          aria-checked={isEnabled}
          aria-label={text.servers.enable(name)}
          disabled={actions.isBusy}
          onClick={() => actions.setEnabled(!isEnabled)}
        />
      </span>
      <span role="cell" className="row lead">
        <Tile name={name} />
        <Link className="strong cut" to="/servers/$server" params={{ server: id }}>
          <bdi>{name}</bdi>
        </Link>
        {alias !== name && <span className="mono t3 small cut">{alias}</span>}
      </span>
      <span role="cell" className="row g3 full wrap m2">
        <State status={state.status} />
        <span className="t3 small">
          {state.retryAt !== null && state.retryAt > now
            ? text.servers.next(coarse(state.retryAt - now))
            : coarse(now - state.since)}
        </span>
      </span>
      <span role="cell" className="row g2 t-hide">
        <span className="chip">{launch.kind}</span>
      </span>
      <span role="cell" className="num right s-hide">
        {counts.tools === 0 ? '–' : count(counts.tools)}
      </span>
      <span role="cell" className="num right t2 s-hide m-hide">
        {count(state.requestsServed)}
      </span>
      <span role="cell" className="num right t2 s-hide m-hide">
        {memoryBytes === undefined || memoryBytes === 0 ? '–' : bytes(memoryBytes)}
      </span>
      <span role="cell" className="num right s-hide m-hide t2">
        {state.restarts === 0 ? '–' : count(state.restarts)}
      </span>
      <span role="cell" className="m1">
        <ServerMenu server={server} actions={actions} />
      </span>
      {needsNote.has(state.status) && (
        <span role="cell" className="note m3">
          <span className="grow wrap-any">{state.reason ?? state.lastError}</span>
          <ServerFix server={server} actions={actions} />
        </span>
      )}
    </div>
  );
}
