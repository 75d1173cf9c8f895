/** components/copy-button — copies a text, and says that it did. */
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { text } from '../text/en.ts';

export function CopyButton({ value, label }: { readonly value: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  const Icon = isCopied ? Check : Copy;
  return (
    <button
      type="button"
      className="btn quiet s icon"
      aria-label={label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon className="i" aria-hidden />
      <span className="sr" role="status">
        {isCopied ? text.common.copied : ''}
      </span>
    </button>
  );
}
