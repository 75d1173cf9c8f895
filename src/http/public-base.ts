/**
 * http/public-base — what every URL that we advertise to whoever sends a request begins with.
 *
 * In: an exchange that the door has let in, so its Host is one of the few exact values of ours. Nothing else of the request
 * counts: no forwarded header decides what we advertise.
 * Knows nothing of: what is advertised.
 */
import type { Exchange } from './exchange.ts';

/** `http://127.0.0.1:45818`, `https://mux.example/tools`: no slash at the end. */
export function publicBase({ entrance, host }: Pick<Exchange, 'entrance' | 'host'>): string {
  return entrance.base ?? `http://${host}`;
}
