/** components/state — where a server stands: word, icon and colour together. */
import {
  CircleCheck,
  CircleOff,
  CirclePause,
  Hourglass,
  LoaderCircle,
  LogIn,
  type LucideIcon,
  OctagonX,
  RefreshCw,
  SlidersHorizontal,
  TimerReset,
} from 'lucide-react';
import type { ServerStatusDto } from '../../../src/contract/types.ts';

export type Family = 'ok' | 'busy' | 'warn' | 'bad' | 'idle';

interface Look {
  readonly word: string;
  readonly icon: LucideIcon;
  readonly family: Family;
  readonly turns?: boolean;
}

const looks: Readonly<Record<ServerStatusDto, Look>> = {
  connected: { word: 'connected', icon: CircleCheck, family: 'ok' },
  refreshing: { word: 'refreshing', icon: RefreshCw, family: 'busy', turns: true },
  connecting: { word: 'connecting', icon: LoaderCircle, family: 'busy', turns: true },
  authenticating: { word: 'signing in', icon: Hourglass, family: 'busy' },
  'sign-in-required': { word: 'sign-in required', icon: LogIn, family: 'warn' },
  'needs-configuration': { word: 'needs configuration', icon: SlidersHorizontal, family: 'warn' },
  waiting: { word: 'waiting to retry', icon: TimerReset, family: 'warn' },
  failed: { word: 'failed', icon: OctagonX, family: 'bad' },
  disconnected: { word: 'stopped', icon: CirclePause, family: 'idle' },
  disabled: { word: 'disabled', icon: CircleOff, family: 'idle' },
};

export function lookOf(status: ServerStatusDto): Look {
  return looks[status];
}

export function State({ status }: { readonly status: ServerStatusDto }) {
  const { word, icon: Icon, family, turns } = looks[status];
  return (
    <span className={`state s-${family}`}>
      <Icon className={`i ${turns === true ? 'spin' : ''}`} aria-hidden />
      {word}
    </span>
  );
}
