/**
 * support/oauth-browser — a browser for tests of consent: cookies by name, our pages' requests, no redirect followed by itself.
 */

export interface Page {
  readonly status: number;
  readonly location: string | undefined;
  readonly headers: Headers;
  readonly text: string;
}

/** A browser: cookies by name, no redirect followed by itself. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  /** Of the admin session. */
  proof = 'proof';
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#send(path, { headers });
  }

  async post(path: string, body: object, headers: Record<string, string> = {}): Promise<Page> {
    return this.#send(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-mcpmux-proof': this.proof,
        origin: this.#base,
        ...headers,
      },
      body: JSON.stringify(body),
    });
  }

  async #send(
    path: string,
    init: Omit<RequestInit, 'headers'> & { readonly headers: Record<string, string> },
  ): Promise<Page> {
    const url = path.startsWith('/') ? this.#base + path : path;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, ...(cookie !== '' && { cookie }) },
      signal: AbortSignal.timeout(8_000),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return {
      status: answer.status,
      location: answer.headers.get('location') ?? undefined,
      headers: answer.headers,
      text: await answer.text(),
    };
  }

  /** From `/authorize` to the redirect of the client. */
  async consent(address: string, choice: object = allowDefault): Promise<URL> {
    const asked = await this.get(address);
    if (asked.status !== 303 || asked.location === undefined)
      throw new Error(`/authorize answered ${asked.status}: ${asked.text.slice(0, 400)}`);
    if (!asked.location.includes('/oauth/consent/')) return new URL(asked.location);
    const page = await this.get(asked.location);
    if (page.status !== 200) throw new Error(`the page answered ${page.status}: ${page.text.slice(0, 400)}`);
    const decided = await this.post(asked.location, choice);
    if (decided.status !== 200) throw new Error(`the decision: ${decided.status} ${decided.text}`);
    const { location } = JSON.parse(decided.text) as { location: string };
    const done = await this.get(location);
    if (done.location === undefined)
      throw new Error(`resuming answered ${done.status}: ${done.text.slice(0, 400)}`);
    return new URL(done.location);
  }
}

export const allowDefault = { decision: 'allow', space: 'default', sets: [], duration: '30d' };
export const deny = { decision: 'deny' };
