/** What a person can do with a server. Each tells when it failed, and the page follows the events of the daemon. */
import { useMutation } from '@tanstack/react-query';
import { admin } from '../../../app/admin.ts';
import { useToasts } from '../../../components/toasts.tsx';
import { text } from '../../../text/en.ts';

export interface ServerActions {
  readonly isBusy: boolean;
  readonly retry: () => void;
  readonly signIn: () => void;
  readonly signOut: () => void;
  readonly setEnabled: (isEnabled: boolean) => void;
  readonly remove: (done?: () => void) => void;
  readonly setInputs: (values: Readonly<Record<string, string>>, done?: () => void) => void;
}

export function useServerActions(id: string, name: string): ServerActions {
  const { say, fail } = useToasts();
  const act = useMutation({
    mutationFn: ({ work }: { work: () => Promise<unknown>; done?: (() => void) | undefined }) => work(),
    onSuccess: (_, { done }) => done?.(),
    onError: (error) => fail(name, error),
  });
  const run = (work: () => Promise<unknown>, done?: () => void) => act.mutate({ work, done });
  return {
    isBusy: act.isPending,
    retry: () => run(() => admin.refreshServer(id)),
    signIn: () =>
      run(async () => {
        // Opened at once, by the click: a window that opens later is blocked.
        const page = window.open('', '_blank');
        try {
          const { authorizationUrl } = await admin.startSignIn(id);
          if (page !== null) page.location.href = authorizationUrl;
        } catch (error) {
          page?.close();
          throw error;
        }
      }),
    signOut: () => run(() => admin.signOut(id)),
    setEnabled: (isEnabled) => run(() => admin.changeServer(id, { isEnabled })),
    remove: (done) =>
      run(
        () => admin.removeServer(id),
        () => {
          say(text.servers.removed(name));
          done?.();
        },
      ),
    setInputs: (values, done) => run(() => admin.changeServer(id, { inputValues: { ...values } }), done),
  };
}
