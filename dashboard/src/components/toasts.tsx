/** components/toasts — short messages about what was done or could not be done; one at a time. */
import { X } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { explain } from '../app/admin.ts';
import { text } from '../text/en.ts';

interface Toasts {
  readonly say: (message: string) => void;
  /** What failed, on what, and why. */
  readonly fail: (what: string, error: unknown) => void;
}

const shownMs = 8_000;
const Context = createContext<Toasts | undefined>(undefined);

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [message, setMessage] = useState<string>();
  useEffect(() => {
    if (message === undefined) return;
    const timer = setTimeout(() => setMessage(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [message]);
  const fail = useCallback((what: string, error: unknown) => {
    const { says, next } = explain(error);
    setMessage(`${what}: ${says}${next === undefined ? '' : ` ${next}`}`);
  }, []);
  const toasts = useMemo(() => ({ say: setMessage, fail }), [fail]);
  return (
    <Context value={toasts}>
      {children}
      <div role="status">
        {message !== undefined && (
          <div className="toast at">
            <span className="grow wrap-any">{message}</span>
            <button
              type="button"
              className="btn s icon"
              aria-label={text.activity.close}
              onClick={() => setMessage(undefined)}
            >
              <X className="i" aria-hidden />
            </button>
          </div>
        )}
      </div>
    </Context>
  );
}

export function useToasts(): Toasts {
  const toasts = useContext(Context);
  if (toasts === undefined) throw new Error('toasts are shown inside a ToastProvider only');
  return toasts;
}
