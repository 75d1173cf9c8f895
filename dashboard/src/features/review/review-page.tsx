/** features/review — what servers say anew and what waits for a person: the words that changed, and the whole. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { GitCompare } from 'lucide-react';
import type { ReviewListDto } from '../../../../src/contract/types.ts';
import { admin } from '../../app/admin.ts';
import { reviewQuery } from '../../app/queries.ts';
import { Empty, Failed, Loading } from '../../components/page-states.tsx';
import { useToasts } from '../../components/toasts.tsx';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { HeldDefinition } from './components/held-definition.tsx';

export function ReviewPage() {
  const { data, error, refetch } = useQuery(reviewQuery);
  return (
    <PageFrame title={text.review.title}>
      <div className="page mid">
        {data === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <Failed error={error} retry={() => void refetch()} />
          )
        ) : data.servers.every(({ held }) => held.length === 0) ? (
          <Empty icon={GitCompare} says={text.review.empty} />
        ) : (
          <>
            <p className="t2">{text.review.says}</p>
            {data.servers
              .filter(({ held }) => held.length > 0)
              .map((server) => (
                <ServerReview key={server.serverId} server={server} />
              ))}
          </>
        )}
      </div>
    </PageFrame>
  );
}

type Server = ReviewListDto['servers'][number];

function ServerReview({ server }: { readonly server: Server }) {
  const queries = useQueryClient();
  const { fail } = useToasts();
  const decide = useMutation({
    mutationFn: ({ decision, held }: { decision: 'accept' | 'reject'; held: Server['held'] }) =>
      admin.decideDefinitions(server.serverId, {
        decision,
        definitions: held.map(({ kind, name, face, hash }) => ({ kind, name, face, hash })),
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: reviewQuery.queryKey }),
    onError: (error) => fail(server.serverName, error),
  });
  const title = `review-${server.serverId}`;
  return (
    <section className="panel" aria-labelledby={title}>
      <header>
        <h2 className="h2" id={title}>
          <Link to="/servers/$server" params={{ server: server.serverId }}>
            <bdi>{server.serverName}</bdi>
          </Link>
        </h2>
        <span className="count inline s-warn">{server.held.length}</span>
        <i className="push" />
        {server.held.length > 1 && (
          <button
            type="button"
            className="btn quiet s"
            disabled={decide.isPending}
            onClick={() => decide.mutate({ decision: 'accept', held: server.held })}
          >
            {text.review.acceptAll}
          </button>
        )}
      </header>
      <ul className="rows">
        {server.held.map((held) => (
          <HeldDefinition
            key={`${held.kind} ${held.name} ${held.face}`}
            held={held}
            isBusy={decide.isPending}
            decide={(decision) => decide.mutate({ decision, held: [held] })}
          />
        ))}
      </ul>
    </section>
  );
}
