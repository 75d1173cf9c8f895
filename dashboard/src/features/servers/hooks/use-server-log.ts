/** The newest lines of a server's log, and each new one as it comes. */
import { useEffect, useState } from 'react';
import type { LogEntryDto, LogLevelDto } from '../../../../../src/contract/types.ts';
import { background } from '../../../app/admin.ts';
import { useConnection } from '../../../app/use-connection.ts';

export interface LogLine extends LogEntryDto {
  /** Counts up, for keys. */
  readonly number: number;
}

const keptLines = 1_000;

export function useServerLog(server: string, level: LogLevelDto): readonly LogLine[] {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const { state } = useConnection();
  useEffect(() => {
    if (state !== 'live') return;
    const stop = new AbortController();
    let number = 0;
    let gathered: LogLine[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const fresh = gathered;
      gathered = [];
      setLines((known) => [...known, ...fresh].slice(-keptLines));
    };
    const follow = async () => {
      setLines([]);
      for await (const entry of background.followLog(server, { level, limit: 200 }, stop.signal)) {
        gathered.push({ ...entry, number });
        number += 1;
        timer ??= setTimeout(show, 100);
      }
    };
    // A stream that ends is told by the state of the connection.
    follow().catch(() => undefined);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [server, level, state]);
  return lines;
}
