/**
 * sign-in/result-page — the page that the browser shows at the end of a sign-in.
 *
 * One small page without scripts, fonts or pictures from anywhere; its one style is allowed by hash.
 */
import { createHash } from 'node:crypto';

export interface ResultPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

const style = `
:root{color-scheme:light dark;--ink:#1c1d21;--soft:#5c5f6a;--ground:#f5f5f7;--card:#fff;--line:#dcdde3;--good:#11734b;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#ececf0;--soft:#a5a8b4;--ground:#131418;--card:#1d1f25;--line:#34363f;--good:#5fd3a0;--bad:#ff8a80}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:30rem;width:100%;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:2rem}
h1{margin:0 0 .5rem;font-size:1.35rem}h1.good{color:var(--good)}h1.bad{color:var(--bad)}
p{margin:.5rem 0 0}.soft{color:var(--soft)}code{font:.95em ui-monospace,monospace;overflow-wrap:anywhere}`;

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
} as const;

export function successPage(server: string): ResultPage {
  return page(200, 'good', 'Signed in', [
    text(`McpMux is now signed in to “${server}”.`),
    soft('You can close this page.'),
  ]);
}

/** @param nextStep a command, shown as such */
export function failurePage(
  status: number,
  title: string,
  reason: string,
  nextStep: string | undefined,
): ResultPage {
  return page(status, 'bad', title, [
    text(`${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`.replace(/\.\.$/, '.')),
    nextStep === undefined
      ? soft('You can close this page.')
      : `<p class="soft"><code>${escapeHtml(nextStep)}</code></p>`,
  ]);
}

export function unknownSignInPage(): ResultPage {
  return failurePage(
    400,
    'Nothing to do here',
    'this sign-in is not known, was already used or has expired; nothing was changed',
    undefined,
  );
}

function page(status: number, mood: 'good' | 'bad', title: string, body: readonly string[]): ResultPage {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)} – McpMux</title><style>${style}</style></head><body><main><h1 class="${mood}">${escapeHtml(title)}</h1>${body.join('')}</main></body></html>`;
  return { status, headers, html };
}

const text = (sentence: string) => `<p>${escapeHtml(sentence)}</p>`;
const soft = (sentence: string) => `<p class="soft">${escapeHtml(sentence)}</p>`;

function escapeHtml(value: string): string {
  return value.replace(
    /[&<>"']/g,
    (character) =>
      ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character] as string,
  );
}
