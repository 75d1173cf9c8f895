/**
 * builtin/token-ledger — what tools cost each client in tokens: lists, searches, definitions, results. What was saved is told
 * with what it cost to save it, so that a mode that loses shows.
 *
 * Tokens are estimated at four bytes each. Counted since the daemon's start; nothing of what was said is kept.
 * Knows nothing of: prices, models.
 */
import { type Clock, tokensOfBytes } from '../base/index.ts';
import { type Caller, type CallObserver, type CallRecord, nameOfClient } from '../model/index.ts';

/** Of one client; tokens, and how often. */
export interface TokenCosts {
  readonly clientId: string | undefined;
  /** Of the client record. */
  readonly client: string;
  /** What the app calls itself. */
  readonly app: string | undefined;
  readonly lists: number;
  readonly listTokens: number;
  /** What those lists would have been with all tools. */
  readonly wholeListTokens: number;
  readonly searches: number;
  readonly searchTokens: number;
  readonly calls: number;
  readonly resultTokens: number;
  /** `wholeListTokens - listTokens - searchTokens`: less than 0 is a loss. */
  readonly savedTokens: number;
  /** Epoch ms. */
  readonly since: number;
  readonly lastAt: number;
}

interface Counts {
  readonly caller: Pick<Caller, 'principal' | 'client'>;
  readonly app: string | undefined;
  readonly since: number;
  lastAt: number;
  lists: number;
  listBytes: number;
  wholeBytes: number;
  searches: number;
  searchBytes: number;
  calls: number;
  resultBytes: number;
}

const looksForTools: ReadonlySet<string> = new Set(['mcpmux_search_tools', 'mcpmux_list_all_tools']);
/** Apps that one client record may count apart; what is beyond counts as the last one. */
const maxClients = 500;

export class TokenLedger implements CallObserver {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Counts>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listed(caller: Caller, bytes: number, wholeBytes: number): void {
    const counts = this.#of(caller);
    counts.lists += 1;
    counts.listBytes += bytes;
    counts.wholeBytes += wholeBytes;
  }

  ended({ caller, method, shownName, resultBytes }: CallRecord): void {
    if (method !== 'tools/call' || (shownName !== undefined && looksForTools.has(shownName))) return;
    const counts = this.#of(caller);
    counts.calls += 1;
    counts.resultBytes += resultBytes;
  }

  /** Told of every answer of our own tools; those that look for tools count. */
  answered(caller: Caller, shownName: string, bytes: number): void {
    if (!looksForTools.has(shownName)) return;
    const counts = this.#of(caller);
    counts.searches += 1;
    counts.searchBytes += bytes;
  }

  /** Who cost most comes first. */
  costs(): readonly TokenCosts[] {
    return [...this.#counts.values()]
      .map((counts): TokenCosts => {
        const listTokens = tokensOfBytes(counts.listBytes);
        const wholeListTokens = tokensOfBytes(counts.wholeBytes);
        const searchTokens = tokensOfBytes(counts.searchBytes);
        return {
          clientId: counts.caller.principal.clientId,
          client: counts.caller.principal.name,
          app: counts.app,
          lists: counts.lists,
          listTokens,
          wholeListTokens,
          searches: counts.searches,
          searchTokens,
          calls: counts.calls,
          resultTokens: tokensOfBytes(counts.resultBytes),
          savedTokens: wholeListTokens - listTokens - searchTokens,
          since: counts.since,
          lastAt: counts.lastAt,
        };
      })
      .sort((a, b) => total(b) - total(a));
  }

  #of(caller: Caller): Counts {
    const app = nameOfClient(caller);
    const key = `${caller.principal.id}\n${app ?? ''}`;
    const now = this.#clock.now();
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      if (this.#counts.size >= maxClients) {
        const oldest = this.#counts.keys().next().value;
        if (oldest !== undefined) this.#counts.delete(oldest);
      }
      counts = {
        caller: { principal: caller.principal, client: caller.client },
        app: app === undefined ? undefined : app.slice(0, 100),
        since: now,
        lastAt: now,
        lists: 0,
        listBytes: 0,
        wholeBytes: 0,
        searches: 0,
        searchBytes: 0,
        calls: 0,
        resultBytes: 0,
      };
      this.#counts.set(key, counts);
    }
    counts.lastAt = now;
    return counts;
  }
}

function total({ listTokens, searchTokens, resultTokens }: TokenCosts): number {
  return listTokens + searchTokens + resultTokens;
}
