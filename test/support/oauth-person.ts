/**
 * support/oauth-person — the person in front of a running daemon: lets a browser in by a link, and allows what clients ask.
 */
import type { Gateway } from './gateway.ts';
import { allowDefault, TestBrowser } from './oauth-browser.ts';

/** A browser that the person has let in, as `mcpmux open` does. @param base the name by which it knows the daemon */
export async function letBrowserIn(gateway: Gateway, base = gateway.url): Promise<TestBrowser> {
  const { url } = await gateway.admin.makeLink();
  const link = new URLSearchParams(new URL(url).hash.slice(1)).get('link');
  const browser = new TestBrowser(base);
  const answer = await browser.post('/admin/session', { link });
  if (answer.status !== 200) throw new Error(`not let in: ${answer.status} ${answer.text}`);
  browser.proof = (JSON.parse(answer.text) as { proof: string }).proof;
  return browser;
}

/**
 * Opens what a client asks its person to open, allows it, and goes where that leads.
 *
 * @returns the address that the client's own server was asked for
 */
export async function allowIn(
  browser: TestBrowser,
  address: string,
  choice: object = allowDefault,
): Promise<URL> {
  const { pathname, search } = new URL(address);
  const back = await browser.consent(`${pathname}${search}`, choice);
  await fetch(back, { signal: AbortSignal.timeout(10_000), redirect: 'manual' }).catch(() => undefined);
  return back;
}
