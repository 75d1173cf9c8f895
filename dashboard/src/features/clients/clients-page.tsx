/** features/clients — who may come in, how, and when they were last here. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plug } from 'lucide-react';
import { useState } from 'react';
import type { ClientDto } from '../../../../src/contract/types.ts';
import { admin } from '../../app/admin.ts';
import { clientsQuery } from '../../app/queries.ts';
import { Confirm } from '../../components/confirm.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { HeadRow } from '../../components/head-row.tsx';
import { Empty, Failed, Loading } from '../../components/page-states.tsx';
import { Tile } from '../../components/tile.tsx';
import { useToasts } from '../../components/toasts.tsx';
import { useNow } from '../../components/use-now.ts';
import { ago } from '../../format/time.ts';
import { PageFrame } from '../../shell/page.tsx';
import { text } from '../../text/en.ts';
import { MachineClients } from './components/machine-clients.tsx';

const kinds: Readonly<Record<ClientDto['kind'], string>> = {
  key: 'key',
  dcr: 'OAuth, registered',
  cimd: 'OAuth, by its document',
  preregistered: 'OAuth, by hand',
  anonymous: 'no sign-in',
};
const families: Readonly<Record<ClientDto['status'], string>> = {
  active: 's-ok',
  paused: 's-warn',
  revoked: 's-idle',
  expired: 's-idle',
};

export function ClientsPage() {
  const { data, error, refetch } = useQuery(clientsQuery);
  const { columns } = text.clients;
  return (
    <PageFrame
      title={text.clients.title}
      beside={<span className="t3 num">{data?.clients.length ?? ''}</span>}
    >
      <div className="page flush">
        <div className="gut machine-gut">
          <MachineClients />
        </div>
        {data === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <Failed error={error} retry={() => void refetch()} />
          )
        ) : data.clients.length === 0 ? (
          <Empty icon={Plug} says={text.clients.empty}>
            <div className="copy one">
              <span>mcpmux connect --all</span>
              <CopyButton value="mcpmux connect --all" label={text.common.copy} />
            </div>
          </Empty>
        ) : (
          <div className="tbl cols-clients-live" role="table" aria-label={text.clients.title}>
            <HeadRow
              columns={[
                { label: columns.client },
                { label: columns.state },
                { label: columns.kind },
                { label: columns.app, place: 't-hide' },
                { label: columns.seen },
                { label: text.clients.pause, isUnseen: true },
              ]}
            />
            <div role="rowgroup">
              {data.clients.map((client) => (
                <ClientRow key={client.id} client={client} />
              ))}
            </div>
          </div>
        )}
      </div>
    </PageFrame>
  );
}

function ClientRow({ client }: { readonly client: ClientDto }) {
  const { id, name, kind, status, lastSeenAt, introduction } = client;
  const now = useNow();
  const queries = useQueryClient();
  const { fail } = useToasts();
  const [isAsking, setAsking] = useState(false);
  const act = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSuccess: () => queries.invalidateQueries({ queryKey: clientsQuery.queryKey }),
    onError: (error) => fail(name, error),
  });
  const isOver = status === 'revoked' || status === 'expired' || kind === 'anonymous';
  const isPaused = status === 'paused';
  return (
    <div className="tr" role="row">
      <span role="cell" className="row lead">
        <Tile name={name} />
        <span className="strong cut">
          <bdi>{name}</bdi>
        </span>
      </span>
      <span role="cell">
        <span className={`chip ${families[status]}`}>{status}</span>
      </span>
      <span role="cell" className="t2 cut">
        {kinds[kind]}
      </span>
      <span role="cell" className="t2 cut t-hide">
        <bdi>
          {[introduction?.appName, introduction?.appVersion].filter((part) => part != null).join(' ')}
        </bdi>
      </span>
      <span role="cell" className="t3 small num">
        {lastSeenAt === null ? '–' : ago(lastSeenAt, now)}
      </span>
      <span role="cell" className="row g3 right">
        {!isOver && (
          <>
            <button
              type="button"
              className="btn quiet s"
              disabled={act.isPending}
              onClick={() =>
                act.mutate(() => admin.changeClient(id, { status: isPaused ? 'active' : 'paused' }))
              }
            >
              {isPaused ? text.clients.resume : text.clients.pause}
            </button>
            <button
              type="button"
              className="btn quiet s"
              disabled={act.isPending}
              onClick={() => setAsking(true)}
            >
              {text.clients.revoke}
            </button>
          </>
        )}
      </span>
      <Confirm
        title={text.clients.revokeTitle(name)}
        says={text.clients.revokeSays}
        act={`${text.clients.revoke} ${name}`}
        isOpen={isAsking}
        close={() => setAsking(false)}
        confirmed={() => act.mutate(() => admin.revokeClient(id))}
      />
    </div>
  );
}
