/** What a server says, live. It follows the newest line; paused or scrolled up, it waits and counts what is new. */
import { Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { LogLevelDto, ServerDetailDto } from '../../../../../src/contract/types.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { Segments } from '../../../components/segments.tsx';
import { clock, exact } from '../../../format/time.ts';
import { text } from '../../../text/en.ts';
import { useServerLog } from '../hooks/use-server-log.ts';

const levels: readonly LogLevelDto[] = ['debug', 'info', 'warn', 'error'];

export function ServerLog({
  server,
  isTall = false,
}: {
  readonly server: ServerDetailDto;
  readonly isTall?: boolean;
}) {
  const [level, setLevel] = useState<LogLevelDto>('info');
  const all = useServerLog(server.id, level);
  const [pausedAt, setPausedAt] = useState<number>();
  const lines = pausedAt === undefined ? all : all.filter(({ number }) => number <= pausedAt);
  const waiting = all.length - lines.length;
  const log = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // Not how many there are: once the most are kept, that stays the same.
  const newest = lines.at(-1)?.number;
  useEffect(() => {
    if (newest === undefined || log.current === null || !isAtEnd.current) return;
    log.current.scrollTop = log.current.scrollHeight;
  }, [newest]);
  const isPaused = pausedAt !== undefined;
  return (
    <section className="panel" aria-labelledby="log">
      <header>
        <h2 className="h2" id="log">
          {text.server.log}
        </h2>
        {waiting > 0 && <span className="chip">{text.server.newLines(waiting)}</span>}
        <i className="push" />
        <Segments
          label={text.server.levels}
          value={level}
          choose={(value) => setLevel(value as LogLevelDto)}
          segments={levels.map((value) => ({ value, label: value }))}
        />
        <button
          type="button"
          className="btn s"
          aria-pressed={isPaused}
          onClick={() => setPausedAt(isPaused ? undefined : (all.at(-1)?.number ?? -1))}
        >
          {isPaused ? <Play className="i" aria-hidden /> : <Pause className="i" aria-hidden />}
          {isPaused ? text.server.goOn : text.server.pause}
        </button>
        <CopyButton
          label={text.common.copy}
          value={lines
            .map(({ at, level: of, source, message }) => `${exact(at)} ${of} ${source} ${message}`)
            .join('\n')}
        />
      </header>
      {lines.length === 0 ? (
        <p className="pad t2">{text.server.silent}</p>
      ) : (
        <div
          ref={log}
          className={`log ${isTall ? 'tall' : 'tall half-tall'}`}
          role="log"
          aria-label={text.server.log}
          tabIndex={0}
          onScroll={({ currentTarget: at }) => {
            isAtEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24;
          }}
        >
          {lines.map((line) => (
            <div key={line.number} className={line.level}>
              <time title={exact(line.at)}>{clock(line.at)}</time>
              <span className="lv">{line.level}</span>
              <span className="src">{line.source}</span>
              <span>{line.message}</span>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}
