/** What of a server reaches each client, and what is changed or left out on the way. */
import { Plug } from 'lucide-react';
import type { ServerDetailDto } from '../../../../../src/contract/types.ts';
import { HeadRow } from '../../../components/head-row.tsx';
import { Empty } from '../../../components/page-states.tsx';
import { Tile } from '../../../components/tile.tsx';
import { text } from '../../../text/en.ts';

export function WhatReachesClients({ server }: { readonly server: ServerDetailDto }) {
  const { capabilityReports: reports } = server;
  if (reports.length === 0) return <Empty icon={Plug} says={text.server.nobody} />;
  return (
    <section className="panel" aria-labelledby="cross">
      <header>
        <h2 className="h2" id="cross">
          {text.server.reaches}
        </h2>
        <span className="t3 small">{text.server.sinceStart}</span>
      </header>
      <div className="tbl cols-cross" role="table" aria-labelledby="cross">
        <HeadRow
          columns={[
            { label: text.server.client },
            { label: text.server.revision },
            { label: text.server.eras },
            { label: text.server.changed },
          ]}
        />
        <div role="rowgroup">
          {reports.map((report) => (
            <div className="tr" role="row" key={`${report.client} ${report.revision} ${report.pairing}`}>
              <span role="cell" className="row lead">
                <Tile name={report.client} />
                <span className="cut">
                  <bdi>{report.client}</bdi> {report.clientVersion}
                </span>
              </span>
              <span role="cell" className="mono t2">
                {report.revision}
              </span>
              <span role="cell" className="t2">
                {report.pairing}
              </span>
              <span role="cell" className={`full ${report.degraded.length === 0 ? 't3' : 'x-warn'}`}>
                {report.degraded.length === 0 ? text.server.nothingLost : report.degraded.join('; ')}
              </span>
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
