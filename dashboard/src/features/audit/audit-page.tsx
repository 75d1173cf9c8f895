/** features/audit — who did what, and what was refused. */
import { useQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import type { AuditEntryDto } from '../../../../src/contract/types.ts';
import { auditQuery } from '../../app/queries.ts';
import { HeadRow } from '../../components/head-row.tsx';
import { Empty, Failed, Loading } from '../../components/page-states.tsx';
import { exact } from '../../format/time.ts';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';

const families: Readonly<Record<AuditEntryDto['decision'], string>> = {
  done: 's-idle',
  allowed: 's-ok',
  refused: 's-warn',
  failed: 's-bad',
};

export function AuditPage() {
  const { data, error, refetch } = useQuery(auditQuery);
  const { columns } = text.audit;
  return (
    <PageFrame title={text.audit.title}>
      <div className="page flush">
        {data === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <Failed error={error} retry={() => void refetch()} />
          )
        ) : data.entries.length === 0 ? (
          <Empty icon={ScrollText} says={text.audit.empty} />
        ) : (
          <div className="tbl cols-audit-live" role="table" aria-label={text.audit.title}>
            <HeadRow
              columns={[
                { label: columns.time },
                { label: columns.who },
                { label: columns.what },
                { label: columns.on },
                { label: columns.decision },
              ]}
            />
            <div role="rowgroup">
              {data.entries.map((entry) => (
                <div className="tr" role="row" key={entry.seq}>
                  <span role="cell" className="t3 small num">
                    {exact(entry.at)}
                  </span>
                  <span role="cell" className="cut lead">
                    <bdi>{entry.who.name}</bdi>
                  </span>
                  <span role="cell" className="mono small cut">
                    {entry.what}
                  </span>
                  <span role="cell" className="t2 cut">
                    <bdi>{entry.on ?? '–'}</bdi>
                  </span>
                  <span role="cell">
                    <span className={`chip ${families[entry.decision]}`}>{entry.decision}</span>
                  </span>
                </div>
              ))}
            </div>
          </div>
        )}
      </div>
    </PageFrame>
  );
}
