/** shell/banners — what holds for the whole page: no answer from the daemon, or this browser was locked out. */
import { Lock, WifiOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { locked, onLock, unlockAddress } from '../app/session.ts';
import { useConnection, useEvents } from '../app/use-connection.ts';
import { clock } from '../format/time.ts';
import { text } from '../text/en.ts';

export function Banners() {
  const isLocked = useSyncExternalStore(onLock, locked);
  const { state, seenAt } = useConnection();
  const events = useEvents();
  if (isLocked)
    return (
      <div className="banner s-warn" role="alert">
        <Lock className="i" aria-hidden />
        <span className="grow">{text.banner.locked}</span>
        <a className="btn s" href={unlockAddress()}>
          {text.banner.unlock}
        </a>
      </div>
    );
  if (state !== 'offline') return null;
  return (
    <div className="banner s-bad" role="alert">
      <WifiOff className="i" aria-hidden />
      <span className="grow">{text.banner.offline(clock(seenAt))}</span>
      <button type="button" className="btn s" onClick={events.retry}>
        {text.banner.tryNow}
      </button>
    </div>
  );
}
