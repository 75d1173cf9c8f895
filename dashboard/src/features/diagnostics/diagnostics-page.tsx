/** features/diagnostics — this machine as the daemon sees it, and what needs a person. */
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, OctagonX, TriangleAlert } from 'lucide-react';
import { examinationQuery, statusQuery } from '../../app/queries.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Failed, Loading } from '../../components/page-states.tsx';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { Problems } from '../home/components/problems.tsx';

const looks = {
  fine: { icon: CircleCheck, family: 'x-ok' },
  warning: { icon: TriangleAlert, family: 'x-warn' },
  trouble: { icon: OctagonX, family: 'x-bad' },
} as const;

export function DiagnosticsPage() {
  const { data, error, refetch } = useQuery(examinationQuery);
  const { data: status } = useQuery(statusQuery);
  return (
    <PageFrame title={text.diagnostics.title}>
      <div className="page mid">
        {status !== undefined && <Problems problems={status.problems} />}
        <section className="panel" aria-labelledby="machine">
          <header>
            <h2 className="h2" id="machine">
              {text.diagnostics.machine}
            </h2>
            <i className="push" />
            <button type="button" className="btn quiet s" onClick={() => void refetch()}>
              {text.common.tryAgain}
            </button>
          </header>
          {data === undefined ? (
            error === null ? (
              <Loading />
            ) : (
              <Failed error={error} retry={() => void refetch()} />
            )
          ) : (
            <>
              <ul className="rows">
                {data.findings.map(({ name, verdict, says, next }) => {
                  const { icon: Icon, family } = looks[verdict];
                  return (
                    <li key={`${name} ${says}`} className="top">
                      <span className={family}>
                        <Icon className="i" aria-hidden />
                        <span className="sr">{verdict}</span>
                      </span>
                      <span className="grow wrap-any">
                        <b className="strong">{name}</b> <span className="t2">{says}</span>
                        {next !== null && <p className="small t3">{next}</p>}
                      </span>
                    </li>
                  );
                })}
              </ul>
              <footer className="small t2">
                <span className="grow wrap-any">
                  {text.diagnostics.path} <span className="mono">{data.searchPath}</span>
                </span>
                <CopyButton value={data.searchPath} label={text.common.copy} />
              </footer>
            </>
          )}
        </section>
      </div>
    </PageFrame>
  );
}
