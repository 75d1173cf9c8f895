/** components/tile — a monogram that stands for a server or a client. */
import { hueOf, monogram } from '../format/names.ts';

export function Tile({ name, size = '' }: { readonly name: string; readonly size?: '' | 'l' | 'xs' }) {
  return (
    <span className={`tile ${hueOf(name)} ${size}`} aria-hidden>
      {size === 'xs' ? '' : monogram(name)}
    </span>
  );
}
