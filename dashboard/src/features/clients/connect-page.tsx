/** features/clients — points an app of this machine at McpMux: first what would be written, then the file, then undo. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { admin } from '../../app/admin.ts';
import { machinePlanQuery } from '../../app/queries.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Failed, Loading } from '../../components/page-states.tsx';
import { useToasts } from '../../components/toasts.tsx';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';

const route = getRouteApi('/clients/connect/$app');
const marks = { same: ' ', gone: '−', new: '+' } as const;
const classes = { same: '', gone: 'del', new: 'add' } as const;

export function ConnectPage() {
  const { app } = route.useParams();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const { say, fail } = useToasts();
  const { data: plan, error, refetch } = useQuery(machinePlanQuery(app));
  const name = plan?.client.name ?? app;
  const write = useMutation({
    mutationFn: () => admin.connectMachineClient(app, plan?.client.state === 'changed-by-hand'),
    onSuccess: () => {
      say(text.machine.written(name));
      void navigate({ to: '/clients' });
    },
    onError: (failure) => fail(name, failure),
    onSettled: () => queries.invalidateQueries({ queryKey: ['machine'] }),
  });
  return (
    <PageFrame
      title={name}
      before={
        <span className="crumbs">
          <Link to="/clients">{text.clients.title}</Link>
          <ChevronRight className="i s" aria-hidden />
        </span>
      }
    >
      <div className="page mid">
        {plan === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <Failed error={error} retry={() => void refetch()} />
          )
        ) : (
          <section className="panel" aria-label={name}>
            <header>
              <h2 className="h2">{text.machine.states[plan.client.state]}</h2>
              <span className="mono t3 small cut">{plan.client.shownFile}</span>
            </header>
            {plan.client.reason !== null && <p className="pad-s t2">{plan.client.reason}</p>}
            {plan.paste !== null ? (
              <div className="pad col g2">
                <div className="row">
                  <span className="grow t2">{plan.paste.into}</span>
                  <CopyButton value={plan.paste.text} label={text.common.copy} />
                </div>
                <pre className="code wrap edge">{plan.paste.text}</pre>
              </div>
            ) : plan.isNothing ? (
              <p className="pad t2">{text.machine.nothing}</p>
            ) : (
              <div className="diff" tabIndex={0} aria-label={text.machine.write} role="group">
                {plan.lines.map((line) => (
                  <div key={`${line.kind} ${line.line} ${line.text}`} className={classes[line.kind]}>
                    <span>{line.kind === 'new' ? '' : line.line}</span>
                    <span>{line.kind === 'gone' ? '' : line.line}</span>
                    <span>{marks[line.kind]}</span>
                    <span>{line.text}</span>
                  </div>
                ))}
              </div>
            )}
            {[...plan.client.warnings, ...plan.notes].map((note) => (
              <p className="pad-s small t2" key={note}>
                {note}
              </p>
            ))}
            {plan.paste === null && (
              <footer>
                <span className="grow small t3">{text.machine.kept}</span>
                <button
                  type="button"
                  className="btn primary"
                  disabled={write.isPending || plan.isNothing}
                  onClick={() => write.mutate()}
                >
                  {text.machine.write}
                </button>
              </footer>
            )}
          </section>
        )}
      </div>
    </PageFrame>
  );
}
