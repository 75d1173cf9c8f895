/**
 * http — the door: listeners, the chain of checks, routes, bodies, answers, event streams. HTTP without meaning.
 */
export { accepts } from './accept.ts';
export { createHttpServer, type RequestHandler, type TlsFiles } from './create-server.ts';
export {
  type Authenticate,
  Door,
  type DoorOptions,
  loopbackHosts,
  loopbackOrigins,
} from './door.ts';
export { DoorLimits } from './door-limits.ts';
export {
  addressGroup,
  clientAddress,
  type Entrance,
  type EntranceKind,
  hostsOf,
  localEntrance,
  outsideEntrance,
  proxyList,
} from './entrance.ts';
export { httpError } from './errors.ts';
export { EventStream, type EventStreamOptions, KeepAlive, type StreamEvent } from './event-stream.ts';
export { Exchange, type PathParameters } from './exchange.ts';
export {
  addressesFor,
  defaultListenerLimits,
  isLoopback,
  type ListenerLimits,
  type Listeners,
  type ListenOptions,
  listen,
  type NonLoopbackConditions,
} from './listeners.ts';
export { peerUserId } from './peer-user.ts';
export { describeHolder, findHolder, livenessMarker, type PortHolder } from './port-holder.ts';
export { publicBase } from './public-base.ts';
export { failedAttempts, maxBuckets, type Rate, type RateName, rates, TokenBuckets } from './rates.ts';
export { readBody, takeBody } from './read-body.ts';
export { type OAuthChallenge, type Refusal, type RefusalShape, tooMany, unauthenticated } from './refusal.ts';
export {
  type ExtraHeaders,
  sendEmpty,
  sendJson,
  sendJsonByteText,
  sendJsonParts,
  sendProblem,
  sendText,
  setAnswerHeaders,
} from './respond.ts';
export { type HttpRoute, type RouteMatch, type RoutePolicy, RouteTable } from './routes.ts';
export { StartupQueue } from './startup-queue.ts';
