/**
 * transports/http1 — our own client of HTTP/1.1: the connections to one origin, requests out, answers in, as bytes.
 */
export { HttpClientError, type HttpClientProblem } from './http-client-error.ts';
export { Pool } from './pool.ts';
export type { AnswerHandler, HttpRequest, RequestControl } from './request.ts';
