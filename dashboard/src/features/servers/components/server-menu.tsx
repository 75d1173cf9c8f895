/** What else can be done with a server. Removing asks first. */
import { Ellipsis, LogOut, RefreshCw, Trash2 } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import type { ServerDto } from '../../../../../src/contract/types.ts';
import { Confirm } from '../../../components/confirm.tsx';
import { text } from '../../../text/en.ts';
import type { ServerActions } from '../hooks/use-server-actions.ts';

export function ServerMenu({
  server,
  actions,
  removed,
}: {
  readonly server: ServerDto;
  readonly actions: ServerActions;
  readonly removed?: () => void;
}) {
  const [isAsking, setAsking] = useState(false);
  const { name } = server;
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="btn quiet s icon" aria-label={text.servers.actions(name)}>
            <Ellipsis className="i" aria-hidden />
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            <DropdownMenu.Item onSelect={actions.retry}>
              <RefreshCw className="i" aria-hidden />
              {text.servers.refresh}
            </DropdownMenu.Item>
            {server.launch.kind === 'http' && (
              <DropdownMenu.Item onSelect={actions.signOut}>
                <LogOut className="i" aria-hidden />
                {text.servers.signOut}
              </DropdownMenu.Item>
            )}
            <DropdownMenu.Item className="danger" onSelect={() => setAsking(true)}>
              <Trash2 className="i" aria-hidden />
              {text.servers.remove}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Confirm
        title={text.servers.removeTitle(name)}
        says={text.servers.removeSays(server.alias)}
        act={`${text.servers.remove} ${name}`}
        isOpen={isAsking}
        close={() => setAsking(false)}
        confirmed={() => actions.remove(removed)}
      />
    </>
  );
}
