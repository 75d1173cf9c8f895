/** components/outcome — how a call ended: icon, colour, and the word for whoever cannot see them. */
import { Ban, Check, CircleSlash, Clock, Hand, type LucideIcon, TriangleAlert, X } from 'lucide-react';
import type { CallDto } from '../../../src/contract/types.ts';
import { text } from '../text/en.ts';
import type { Family } from './state.tsx';

const looks: Readonly<Record<CallDto['outcome'], { readonly icon: LucideIcon; readonly family: Family }>> = {
  ok: { icon: Check, family: 'ok' },
  'tool-error': { icon: TriangleAlert, family: 'bad' },
  error: { icon: X, family: 'bad' },
  timeout: { icon: Clock, family: 'bad' },
  cancelled: { icon: CircleSlash, family: 'idle' },
  refused: { icon: Ban, family: 'warn' },
  asked: { icon: Hand, family: 'warn' },
};

export function Outcome({ outcome }: { readonly outcome: CallDto['outcome'] }) {
  const { icon: Icon, family } = looks[outcome];
  const word = text.activity.outcomes[outcome];
  return (
    <span className={`state s-${family}`} title={word}>
      <Icon className="i" aria-hidden />
      <span className="sr">{word}</span>
    </span>
  );
}
