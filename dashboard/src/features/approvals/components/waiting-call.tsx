/** One call that waits: what it would do, with all its arguments as text, and the answer. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { WaitingListDto } from '../../../../../src/contract/types.ts';
import { admin } from '../../../app/admin.ts';
import { approvalsQuery } from '../../../app/queries.ts';
import { QualifiedName } from '../../../components/qualified-name.tsx';
import { Tile } from '../../../components/tile.tsx';
import { useToasts } from '../../../components/toasts.tsx';
import { useNow } from '../../../components/use-now.ts';
import { text } from '../../../text/en.ts';

export function WaitingCall({ call }: { readonly call: WaitingListDto['waiting'][number] }) {
  const now = useNow();
  const queries = useQueryClient();
  const { fail } = useToasts();
  const answer = useMutation({
    mutationFn: (body: { answer: 'allow' | 'deny'; always?: boolean }) =>
      admin.answerApproval(call.number, body),
    onSettled: () => queries.invalidateQueries({ queryKey: approvalsQuery.queryKey }),
    onError: (error) => fail(call.tool, error),
  });
  const left = Math.max(0, Math.ceil((call.expiresAt - now) / 1_000));
  const title = `approval-${call.number}`;
  return (
    <section className="panel wait" aria-labelledby={title}>
      <div className="pad col g5">
        <div className="row top g5">
          <Tile name={call.client} size="l" />
          <div className="grow col g1">
            <h2 className="h-lg" id={title}>
              <bdi>{text.approvals.wants(call.client)}</bdi>
            </h2>
            <div className="row wrap g3 t2">
              <QualifiedName name={call.tool} />
              <span>
                <bdi>{call.serverName}</bdi>
              </span>
            </div>
          </div>
          <span className="num x-warn strong nowrap" role="timer" aria-label={text.approvals.left(left)}>
            {left} s
          </span>
        </div>
        <span className="chip bare">{text.approvals.because(call.because)}</span>
        <div className="col g2">
          <span className="eyebrow">{text.approvals.arguments}</span>
          <pre className="code wrap edge">{call.arguments.slice(0, 64_000)}</pre>
        </div>
      </div>
      <footer>
        <button
          type="button"
          className="btn"
          disabled={answer.isPending}
          onClick={() => answer.mutate({ answer: 'deny' })}
        >
          {text.approvals.deny}
        </button>
        <button
          type="button"
          className="btn primary"
          disabled={answer.isPending}
          onClick={() => answer.mutate({ answer: 'allow' })}
        >
          {text.approvals.allowOnce}
        </button>
        <button
          type="button"
          className="btn quiet"
          disabled={answer.isPending}
          onClick={() => answer.mutate({ answer: 'allow', always: true })}
        >
          {text.approvals.allowAlways}
        </button>
        <span className="push small t3 s-hide">{text.approvals.counts}</span>
      </footer>
    </section>
  );
}
