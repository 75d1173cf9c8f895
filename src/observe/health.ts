/**
 * observe/health — the two questions that a supervisor asks: are you alive, may traffic come.
 *
 * One word each, no version, no detail: everybody may ask. Details are on the admin side.
 */
import { type HttpRoute, livenessMarker, type RoutePolicy, sendText } from '../http/index.ts';

export interface HealthOptions {
  /** `starting`, `ready` or `stopping`. */
  state(): string;
}

/** The routes `/livez` and `/readyz`. */
export function healthRoutes(options: HealthOptions): readonly HttpRoute[] {
  const policy = (name: string): RoutePolicy => ({
    name,
    auth: 'public',
    methods: ['GET', 'HEAD'],
    bodyCapBytes: 0,
    contentTypes: [],
  });
  return [
    {
      path: '/livez',
      policy: policy('livez'),
      handle: (exchange) =>
        sendText(exchange, 200, 'live\n', { [livenessMarker.name]: livenessMarker.value }),
    },
    {
      path: '/readyz',
      policy: policy('readyz'),
      handle(exchange) {
        const state = options.state();
        sendText(exchange, state === 'ready' ? 200 : 503, `${state}\n`);
      },
    },
  ];
}
