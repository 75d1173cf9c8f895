/**
 * soak/client — one client that calls without end, and judges every answer it gets.
 *
 * An answer is right when it gives back exactly what was sent. A refusal that names its reason is what a call may get
 * while its server is away. Everything else is wrong: another's answer, another id, silence, a session that is gone.
 */
import { type Era, RawHttpClient } from '../support/raw-client.ts';

export interface Totals {
  right: number;
  refused: number;
  lostSessions: number;
  /** What was wrong, in words; the first hundred. */
  readonly wrong: string[];
  readonly latenciesMs: number[];
}

export function newTotals(): Totals {
  return { right: 0, refused: 0, lostSessions: 0, wrong: [], latenciesMs: [] };
}

export class SoakClient {
  readonly #client: RawHttpClient;
  readonly #name: string;
  readonly #totals: Totals;
  #calls = 0;

  private constructor(name: string, client: RawHttpClient, totals: Totals) {
    this.#name = name;
    this.#client = client;
    this.#totals = totals;
  }

  static async connect(options: {
    readonly name: string;
    readonly url: string;
    readonly era: Era;
    readonly headers: Readonly<Record<string, string>>;
    readonly totals: Totals;
  }): Promise<SoakClient> {
    const { name, url, era, headers, totals } = options;
    const clientInfo = { name, version: '1' };
    const client = await RawHttpClient.connect({ url, era, headers, clientInfo, timeoutMs: 90_000 });
    return new SoakClient(name, client, totals);
  }

  /** @returns whether the answer was the right one */
  async call(alias: string): Promise<boolean> {
    this.#calls += 1;
    const sent = { from: this.#name, call: this.#calls, salt: Math.random() };
    const startedAt = performance.now();
    try {
      const answer = await this.#client.callTool(`${alias}_echo`, sent);
      this.#totals.latenciesMs.push(performance.now() - startedAt);
      const content = answer.result?.['content'] as { readonly text?: string }[] | undefined;
      if (answer.result !== undefined) {
        if (content?.[0]?.text === JSON.stringify(sent)) {
          this.#totals.right += 1;
          return true;
        }
        return this.#wrong(`another's result: ${answer.text.slice(0, 200)}`);
      }
      if (answer.status === 404) {
        this.#totals.lostSessions += 1;
        return this.#wrong(`the session is gone: ${answer.text.slice(0, 200)}`);
      }
      if (answer.error === undefined || answer.error.message.length < 10)
        return this.#wrong(`HTTP ${answer.status} without a reason: ${answer.text.slice(0, 200)}`);
      this.#totals.refused += 1;
      return false;
    } catch (error) {
      return this.#wrong(error instanceof Error ? error.message : String(error));
    }
  }

  close(): void {
    this.#client.close();
  }

  #wrong(what: string): false {
    if (this.#totals.wrong.length < 100) this.#totals.wrong.push(`${this.#name}: ${what}`);
    return false;
  }
}
