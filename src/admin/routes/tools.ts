/**
 * admin/routes/tools — finding tools, and calling one by hand.
 */
import type { JsonObject } from '../../base/index.ts';
import type { AdminParts } from '../ports.ts';
import { presentTool } from '../present.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerToolRoutes(serve: RegisterRoute, { control }: AdminParts): void {
  serve('listTools', async ({ query }) => ({
    tools: (await control.findTools(query.query, query.limit, query.space)).map(presentTool),
  }));
  serve('callTool', async ({ params, query, body, reply }) => {
    const gone = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableEnded) gone.abort(new Error('the caller left'));
    });
    const outcome = await control.callTool(
      params.tool,
      body.arguments as JsonObject,
      gone.signal,
      query.space,
    );
    return outcome.kind === 'result'
      ? { kind: 'result' as const, result: outcome.result }
      : { kind: 'error' as const, code: outcome.code, message: outcome.message, data: outcome.data };
  });
}
