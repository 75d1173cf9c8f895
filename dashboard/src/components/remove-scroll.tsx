/**
 * components/remove-scroll — the page behind a dialog does not scroll.
 *
 * Stands in for the package `react-remove-scroll`, which dialogs use: that one writes a style element, which the content
 * security policy of the pages forbids.
 */
import { type ElementType, type ReactNode, useEffect } from 'react';

interface RemoveScrollProps {
  readonly as?: ElementType;
  readonly children?: ReactNode;
  readonly enabled?: boolean;
}

let open = 0;

export function RemoveScroll({ as: Wrapper = 'div', children, enabled = true }: RemoveScrollProps) {
  useEffect(() => {
    if (!enabled) return;
    open += 1;
    document.documentElement.classList.add('is-still');
    return () => {
      open -= 1;
      if (open === 0) document.documentElement.classList.remove('is-still');
    };
  }, [enabled]);
  return <Wrapper>{children}</Wrapper>;
}

export default RemoveScroll;
