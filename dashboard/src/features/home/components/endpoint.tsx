/** The one URL, and the figures of the day. */
import type { StatusDto } from '../../../../../src/contract/types.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { count } from '../../../format/numbers.ts';
import { text } from '../../../text/en.ts';

export function Endpoint({ status }: { readonly status: StatusDto }) {
  const { servers } = status;
  const url = status.publicUrl ?? status.url;
  const connected = servers.filter(({ state }) => state.status === 'connected').length;
  const tools = servers.reduce((sum, server) => sum + server.counts.tools, 0);
  return (
    <section className="panel" aria-label={text.home.endpoint}>
      <div className="row g6 wrap pad-s">
        <div className="grow">
          <div className="eyebrow">{text.home.endpoint}</div>
          <div className="row g3">
            <span className="mono strong cut">{url}</span>
            <CopyButton value={url} label={text.home.copyUrl} />
          </div>
        </div>
        <div className="row g6 wrap small t2">
          <span>{text.status.connected(connected, servers.length)}</span>
          <span>
            <b className="num">{count(tools)}</b> {text.home.tools}
          </span>
        </div>
      </div>
    </section>
  );
}
