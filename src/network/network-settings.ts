/**
 * network/network-settings — how this daemon reaches other machines: through which proxies, trusting which authorities.
 *
 * Read once, from the environment that the daemon was started with.
 * Knows nothing of: connections.
 */
import { Authorities, type AuthoritySource } from './authorities.ts';
import { Proxies } from './proxies.ts';

export class NetworkSettings {
  readonly proxies: Proxies;
  readonly authorities: Authorities;

  /** Never throws: what cannot be followed is among the problems. */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.proxies = new Proxies(environment);
    this.authorities = new Authorities(environment);
  }

  /** For people. */
  describe(): {
    readonly proxies: readonly {
      readonly scheme: 'http' | 'https';
      readonly url: string;
      readonly hasCredentials: boolean;
      readonly variable: string;
    }[];
    readonly exceptions: string;
    readonly authorities: readonly AuthoritySource[];
  } {
    const { proxies, authorities } = this;
    return {
      proxies: (['https', 'http'] as const).flatMap((scheme) => {
        const proxy = proxies[scheme];
        if (proxy === undefined) return [];
        const { url, hasCredentials, variable } = proxy;
        return [{ scheme, url, hasCredentials, variable }];
      }),
      exceptions: proxies.exceptions,
      authorities: authorities.sources,
    };
  }

  /** What a person should know: variables that are set and cannot be followed. */
  get problems(): readonly string[] {
    return [...this.proxies.problems, ...this.authorities.problems];
  }
}

/** No proxies, and the authorities of Node.js. */
export const directNetwork = new NetworkSettings({});
