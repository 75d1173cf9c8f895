/** components/obtain-hint — what an input is for, and where a person gets its value. The words are the definition's: text only. */
import type { ServerDto } from '../../../src/contract/types.ts';

type Input = ServerDto['inputs'][number];

export function ObtainHint({ input, before = '' }: { readonly input: Input; readonly before?: string }) {
  const url = input.obtain?.url;
  return (
    <span className="hint">
      {before}
      {input.description} {input.obtain?.instructions}{' '}
      {url?.startsWith('https://') === true && (
        <a className="link" href={url} target="_blank" rel="noreferrer noopener">
          {input.obtain?.buttonLabel ?? url}
        </a>
      )}
    </span>
  );
}
