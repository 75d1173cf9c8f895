/**
 * admin/register-route — ties a route of the contract to its handler, with the route's shapes checked on the way in and out.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type RouteFacts, type RouteId, routes } from '../contract/index.ts';
import { problemDto, type RouteSchemas, routeSchemas } from '../contract/schemas/index.ts';
import { problemType } from './problem.ts';

type Table = typeof routeSchemas;
type Part<Id extends RouteId, Name extends string> = Table[Id] extends {
  readonly [key in Name]: infer Schema;
}
  ? Schema extends z.ZodType
    ? z.output<Schema>
    : undefined
  : undefined;

/** A checked request. */
export interface RouteInput<Id extends RouteId> {
  readonly params: Part<Id, 'params'>;
  readonly query: Part<Id, 'query'>;
  readonly body: Part<Id, 'body'>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What a handler gives: the DTO, or the reply itself when it streams. */
export type RouteOutput<Id extends RouteId> =
  | (Table[Id] extends { readonly response: infer Schema extends z.ZodType } ? z.output<Schema> : undefined)
  | FastifyReply;

export type RegisterRoute = <Id extends RouteId>(
  id: Id,
  handle: (asked: RouteInput<Id>) => RouteOutput<Id> | Promise<RouteOutput<Id>>,
) => void;

export interface RouteGuard {
  /** Refuses, by throwing, who may not do this: asked with the checked body, before the handler. */
  judge(facts: RouteFacts, request: FastifyRequest): void;
  /** Told before the answer leaves, of each request that wants to change something. @param thrown undefined = it was done */
  note(id: RouteId, request: FastifyRequest, thrown: unknown): Promise<void>;
}

export function createRouteRegistrar(app: FastifyInstance, guard: RouteGuard): RegisterRoute {
  return (id, handle) => {
    const facts = routes[id];
    const schemas: RouteSchemas = routeSchemas[id];
    app.route({
      method: facts.method,
      url: facts.path,
      schema: {
        operationId: id,
        summary: facts.says,
        tags: [facts.tag],
        ...(schemas.params === undefined ? {} : { params: schemas.params }),
        ...(schemas.query === undefined ? {} : { querystring: schemas.query }),
        ...(schemas.body === undefined ? {} : { body: schemas.body }),
        response: { [facts.successStatus]: successSchema(id, schemas), '4xx': problem, '5xx': problem },
      },
      handler: async (request, reply) => {
        const answer = await guarded(guard, id, request, () =>
          handle({
            params: request.params as never,
            query: request.query as never,
            body: request.body as never,
            request,
            reply,
          }),
        );
        // A reply can be awaited: then it is over by now, and nothing may be sent any more.
        if (answer === (reply as unknown) || reply.sent || reply.raw.headersSent) return reply;
        return reply.code(facts.successStatus).send(answer);
      },
    });
  };
}

/** Judges, acts and notes. What was refused or failed is noted as well. */
async function guarded<T>(
  guard: RouteGuard,
  id: RouteId,
  request: FastifyRequest,
  act: () => T | Promise<T>,
): Promise<T> {
  const isChange = routes[id].method !== 'GET';
  try {
    guard.judge(routes[id], request);
    const answer = await act();
    if (isChange) await guard.note(id, request, undefined);
    return answer;
  } catch (error) {
    if (isChange) await guard.note(id, request, error ?? new Error('nothing was thrown'));
    throw error;
  }
}

const problem = { description: 'Refused', content: { [problemType]: { schema: problemDto } } };

function successSchema(id: RouteId, schemas: RouteSchemas): unknown {
  switch (routes[id].answer) {
    case 'json':
      return schemas.response;
    case 'empty':
      return z.null().meta({ description: 'Done' });
    case 'log':
      return {
        description: 'The lines; with follow=1 one JSON object per line without end',
        content: {
          'application/json': { schema: schemas.response },
          'application/x-ndjson': { schema: z.string() },
        },
      };
    case 'events':
      return { description: 'Event stream', content: { 'text/event-stream': { schema: z.string() } } };
  }
}
