/**
 * admin/app — the admin API as a Fastify application that listens to nothing by itself.
 *
 * In: the parts it shows and changes. Out: a handler for node:http, to be put behind a socket or a listener.
 * Loads Fastify and zod: import it lazily, after the MCP port is open.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  createSerializerCompiler,
  hasZodFastifySchemaValidationErrors,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { type Closeable, isMcpMuxError, type McpMuxError } from '../base/index.ts';
import { livePath, metricsPath, openApiPath, readyPath } from '../contract/index.ts';
import { schemaRegistry } from '../contract/schemas/index.ts';
import { noteOf } from './audit-note.ts';
import { judgeStepUp } from './browser/step-up.ts';
import { adminError } from './errors.ts';
import { OpenStreams } from './open-streams.ts';
import type { AdminParts } from './ports.ts';
import { problemOf, problemType } from './problem.ts';
import { createRouteRegistrar, type RouteGuard } from './register-route.ts';
import { registerAccessRoutes } from './routes/access.ts';
import { registerApprovalRoutes } from './routes/approvals.ts';
import { registerAuditRoutes } from './routes/audit.ts';
import { registerBrowserRoutes } from './routes/browsers.ts';
import { registerBuiltInRoutes } from './routes/built-in.ts';
import { registerCallRoutes } from './routes/calls.ts';
import { registerCatalogueRoutes } from './routes/catalogue.ts';
import { registerClientRoutes } from './routes/clients.ts';
import { registerDaemonRoutes } from './routes/daemon.ts';
import { registerDefinitionRoutes } from './routes/definitions.ts';
import { registerExplainRoutes } from './routes/explain.ts';
import { registerExposureRoutes } from './routes/exposure.ts';
import { registerFileRoutes } from './routes/files.ts';
import { registerKeyRoutes } from './routes/keys.ts';
import { registerLogRoutes } from './routes/log.ts';
import { registerMachineRoutes } from './routes/machine.ts';
import { registerPresentationRoutes } from './routes/presentations.ts';
import { registerProblemRoutes } from './routes/problems.ts';
import { registerProcessRoutes } from './routes/processes.ts';
import { registerServerRoutes } from './routes/servers.ts';
import { registerSignInRoutes } from './routes/sign-in.ts';
import { registerToolRoutes } from './routes/tools.ts';
import { registerVaultRoutes } from './routes/vault.ts';

/** Larger than any command line or set of headers; tool arguments by hand fit too. */
const bodyLimitBytes = 4 * 1024 * 1024;

export interface AdminApp extends Closeable {
  /** Answers one request; for `createServer(app.handle)` or for a route of another listener. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** For tests: requests without a socket. */
  readonly fastify: FastifyInstance;
  close(): Promise<void>;
}

export async function buildAdminApp(parts: AdminParts): Promise<AdminApp> {
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    logger: false,
    routerOptions: { maxParamLength: 512 },
  });
  const streams = new OpenStreams();
  app.addHook('preClose', () => streams.close());
  app.setValidatorCompiler(validatorCompiler as never);
  app.setSerializerCompiler(createSerializerCompiler() as never);
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (_, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
  answerFailures(app, parts);

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'McpMux admin API',
        version: '1',
        description: 'Manages one mcpmux daemon. Secrets can be given, never read.',
      },
    },
    transform: createJsonSchemaTransform({ schemaRegistry }) as never,
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }) as never,
  });
  // In a plugin of its own: swagger sees only routes that are added after it has loaded.
  await app.register((inner, _, done) => {
    const serve = createRouteRegistrar(inner, guardOf(parts));
    registerAuditRoutes(serve, parts);
    registerExposureRoutes(serve, parts);
    registerBrowserRoutes(serve, parts);
    registerDaemonRoutes(serve, parts, streams);
    registerProblemRoutes(serve, parts);
    registerMachineRoutes(serve, parts);
    registerServerRoutes(serve, parts);
    registerCatalogueRoutes(serve, parts);
    registerFileRoutes(serve, parts);
    registerProcessRoutes(serve, parts);
    registerSignInRoutes(serve, parts);
    registerToolRoutes(serve, parts);
    registerApprovalRoutes(serve, parts);
    registerPresentationRoutes(serve, parts);
    registerDefinitionRoutes(serve, parts);
    registerExplainRoutes(serve, parts);
    registerCallRoutes(serve, parts, streams);
    registerBuiltInRoutes(serve, parts);
    registerKeyRoutes(serve, parts);
    registerClientRoutes(serve, parts);
    registerAccessRoutes(serve, parts);
    registerVaultRoutes(serve, parts);
    registerLogRoutes(serve, parts, streams);
    done();
  });
  servePlainPages(app, parts);
  await app.ready();
  return {
    handle: (request, response) => app.routing(request, response),
    fastify: app,
    close: () => app.close(),
  };
}

function guardOf({ browsers, audit }: AdminParts): RouteGuard {
  return {
    judge: (facts, { body, raw }) => judgeStepUp(facts, body, browsers.callerOf(raw), Date.now()),
    note: (id, { params, body, raw }, thrown) => {
      const note = noteOf({ id, params, body, session: browsers.callerOf(raw), thrown });
      if (!(isMcpMuxError(thrown) && thrown.code.startsWith('store.'))) return audit.record(note);
      // The store has made the person wait already, and would again.
      audit.later(note);
      return Promise.resolve();
    },
  };
}

/** What monitors and tools ask for; no part of the versioned API. */
function servePlainPages(app: FastifyInstance, { daemon, metrics, problems }: AdminParts): void {
  const schema = { hide: true };
  app.get(openApiPath, { schema }, () => app.swagger());
  app.get(metricsPath, { schema }, async (_, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.render()),
  );
  app.get(livePath, { schema }, (_, reply) => reply.type('text/plain').send('ok\n'));
  app.get(readyPath, { schema }, async (_, reply) => {
    const { isReady } = await daemon.describe();
    if (!isReady) throw adminError('not_ready');
    // What a server lacks is no reason to take the daemon out of service.
    const own = (await problems.list()).filter(
      ({ about, harm }) => about.kind === 'daemon' && harm !== 'note',
    );
    const locked = own.find(({ code }) => code === 'store.locked');
    if (locked !== undefined) reply.code(503);
    const told = locked ?? own[0];
    return reply.type('text/plain').send(told === undefined ? 'ok\n' : `${told.title}: ${told.cause}\n`);
  });
}

function answerFailures(app: FastifyInstance, { logger }: AdminParts): void {
  app.setNotFoundHandler((request) => {
    throw adminError('no_such_route', { method: request.method, path: request.url.split('?')[0] });
  });
  app.setErrorHandler<FastifyError>((thrown, request, reply) => {
    const { error, errors } = understood(thrown, request.id, request.headers['content-type']);
    if (error.kind === 'internal')
      logger.error({ err: thrown, requestId: request.id }, 'admin request failed');
    const problem = problemOf(error, errors);
    if (reply.raw.headersSent) return reply.raw.destroy();
    return reply.code(problem.status).type(problemType).serializer(JSON.stringify).send(problem);
  });
}

interface Understood {
  readonly error: McpMuxError;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** Turns whatever was thrown into one of our failures. Text of strangers' errors stays inside. */
function understood(thrown: FastifyError, requestId: string, contentType: string | undefined): Understood {
  if (isMcpMuxError(thrown)) return { error: thrown };
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const errors = thrown.validation.slice(0, 20).map((issue) => ({
      path: [thrown.validationContext, ...issue.instancePath.split('/')].filter(Boolean).join('.'),
      message: issue.message ?? 'not valid',
    }));
    const where = errors.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
    return { error: adminError('bad_request', { where }), errors };
  }
  switch (thrown.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { error: adminError('bad_content_type', { type: contentType }) };
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { error: adminError('body_too_large', { limitBytes: bodyLimitBytes }) };
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return { error: adminError('bad_json') };
    default:
      return (thrown.statusCode ?? 500) < 500
        ? { error: adminError('bad_request') }
        : { error: adminError('broken', { requestId }, thrown) };
  }
}
