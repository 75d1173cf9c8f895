/** The newest calls that fit a filter, and each new one as it ends. */
import { useEffect, useState } from 'react';
import type { CallDto } from '../../../../../src/contract/types.ts';
import { background } from '../../../app/admin.ts';
import { useConnection } from '../../../app/use-connection.ts';

interface LiveCalls {
  /** The newest first. */
  readonly calls: readonly CallDto[];
  readonly isLive: boolean;
  readonly error: unknown;
}

export function useLiveCalls(filter: string, limit: number, isPaused = false): LiveCalls {
  const [calls, setCalls] = useState<readonly CallDto[]>([]);
  const [isLive, setLive] = useState(false);
  const [error, setError] = useState<unknown>();
  const { state } = useConnection();
  useEffect(() => {
    if (isPaused || state !== 'live') return;
    const stop = new AbortController();
    let gathered: CallDto[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const fresh = gathered;
      gathered = [];
      setCalls((known) => {
        const seen = new Set(fresh.map(({ id }) => id));
        return [...fresh.reverse(), ...known.filter(({ id }) => !seen.has(id))].slice(0, limit);
      });
    };
    const follow = async () => {
      setCalls([]);
      try {
        for await (const call of background.followCalls(
          { ...(filter !== '' && { filter }), limit },
          stop.signal,
        )) {
          setLive(true);
          setError(undefined);
          gathered.push(call);
          // A busy daemon ends hundreds a second: they are shown together.
          timer ??= setTimeout(show, 100);
        }
      } catch (failure) {
        if (!stop.signal.aborted) setError(failure);
      }
      setLive(false);
    };
    void follow();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [filter, limit, isPaused, state]);
  return { calls, isLive: isLive || (state === 'live' && error === undefined), error };
}
