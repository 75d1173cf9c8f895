/** The AI apps on this machine: how each stands, and the way to connect it or to take that back. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { MachineClientListDto } from '../../../../../src/contract/types.ts';
import { admin } from '../../../app/admin.ts';
import { keysQuery, machineQuery } from '../../../app/queries.ts';
import { Tile } from '../../../components/tile.tsx';
import { useToasts } from '../../../components/toasts.tsx';
import { text } from '../../../text/en.ts';

type MachineClient = MachineClientListDto['clients'][number];

const families: Readonly<Record<string, string>> = {
  connected: 's-ok',
  'connected-by-hand': 's-ok',
  'broken-file': 's-bad',
  'unreadable-file': 's-bad',
  'changed-by-hand': 's-warn',
  stale: 's-warn',
};

export function MachineClients() {
  const { data } = useQuery(machineQuery);
  const { data: keys } = useQuery(keysQuery);
  const queries = useQueryClient();
  const { fail } = useToasts();
  const undo = useMutation({
    mutationFn: (client: string) => admin.disconnectMachineClient(client),
    onSettled: () => queries.invalidateQueries({ queryKey: machineQuery.queryKey }),
    onError: (error) => fail(text.machine.disconnect, error),
  });
  const found = data?.clients.filter(({ state }) => state !== 'absent') ?? [];
  /** Its file is written, and nobody has come with the key in it. */
  const isUnseen = ({ state, keyId }: MachineClient): boolean =>
    state === 'connected' && keys?.keys.find(({ id }) => id === keyId)?.lastUsedAt === null;
  if (found.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="machine">
      <header>
        <h2 className="h2" id="machine">
          {text.machine.title}
        </h2>
      </header>
      <ul className="rows">
        {found.map((client) => (
          <li key={`${client.id} ${client.project ?? ''}`}>
            <Tile name={client.name} />
            <span className="strong nowrap">{client.name}</span>
            <span className="mono t3 small cut grow s-hide" title={client.file ?? ''}>
              {client.shownFile}
            </span>
            <span
              className={`chip push ${isUnseen(client) ? 's-warn' : (families[client.state] ?? '')}`}
              title={client.reason ?? ''}
            >
              {isUnseen(client) ? text.machine.unseen : text.machine.states[client.state]}
            </span>
            {client.state === 'connected' ? (
              <button
                type="button"
                className="btn quiet s"
                disabled={undo.isPending}
                onClick={() => undo.mutate(client.id)}
              >
                {text.machine.disconnect}
              </button>
            ) : (
              <Link className="btn s" to="/clients/connect/$app" params={{ app: client.id }}>
                {text.machine.connect}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
