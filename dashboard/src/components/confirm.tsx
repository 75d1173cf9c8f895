/** components/confirm — asks before something that cannot be taken back. The way out has the focus. */
import { AlertDialog } from 'radix-ui';
import { text } from '../text/en.ts';

interface ConfirmProps {
  readonly title: string;
  readonly says: string;
  /** The verb that is done, with its object. */
  readonly act: string;
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly confirmed: () => void;
}

export function Confirm({ title, says, act, isOpen, close, confirmed }: ConfirmProps) {
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="veil">
          <AlertDialog.Content className="dialog">
            <header>
              <AlertDialog.Title className="h-lg">{title}</AlertDialog.Title>
            </header>
            <div className="body">
              <AlertDialog.Description className="t2">{says}</AlertDialog.Description>
            </div>
            <footer>
              <AlertDialog.Cancel className="btn">{text.servers.keep}</AlertDialog.Cancel>
              <AlertDialog.Action className="btn danger solid" onClick={confirmed}>
                {act}
              </AlertDialog.Action>
            </footer>
          </AlertDialog.Content>
        </AlertDialog.Overlay>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
