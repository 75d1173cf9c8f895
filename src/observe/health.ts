/**
 * observe/health — the two questions that a supervisor asks: are you alive, may traffic come.
 *
 * No version, no detail beyond a kind of trouble: everybody may ask. Details are on the admin side.
 */
import { type HttpRoute, livenessMarker, type RoutePolicy, sendText } from '../http/index.ts';

/** What a supervisor may do, and the reason for people. */
export interface Readiness {
  /** `ready` and `degraded` take traffic: the second is what to raise an alarm for, not what to take out of service. */
  readonly state: 'starting' | 'ready' | 'degraded' | 'locked' | 'stopping';
  readonly reason?: string | undefined;
}

export interface HealthOptions {
  state(): Readiness | Promise<Readiness>;
}

/** The routes `/livez` and `/readyz`. */
export function healthRoutes(options: HealthOptions): readonly HttpRoute[] {
  const policy = (name: string): RoutePolicy => ({
    name,
    auth: 'public',
    rate: 'none',
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
      async handle(exchange) {
        const { state, reason } = await options.state();
        const mayCome = state === 'ready' || state === 'degraded';
        sendText(exchange, mayCome ? 200 : 503, `${state}${reason === undefined ? '' : `: ${reason}`}\n`);
      },
    },
  ];
}
