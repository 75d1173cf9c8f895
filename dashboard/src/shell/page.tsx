/** shell/page — the frame of a page: its title with what can be done, and its body. */
import { type ReactNode, useEffect } from 'react';
import { text } from '../text/en.ts';

interface PageFrameProps {
  readonly title: string;
  /** Beside the title: a count, crumbs before it. */
  readonly beside?: ReactNode;
  readonly before?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function PageFrame({ title, before, beside, actions, children }: PageFrameProps) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  return (
    <>
      <header className="bar">
        {before}
        <h1>{title}</h1>
        {beside}
        <i className="push" />
        {actions}
      </header>
      <main className="body" id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
