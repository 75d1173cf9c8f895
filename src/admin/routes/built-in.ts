/**
 * admin/routes/built-in — McpMux's own tools, and switching them on and off.
 */
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerBuiltInRoutes(serve: RegisterRoute, { builtIn }: AdminParts): void {
  serve('listBuiltInTools', () => Promise.resolve({ tools: [...builtIn.list(undefined)] }));
  serve('switchBuiltInTool', async ({ params, body }) => ({
    tools: [...(await builtIn.set(undefined, params.tool, body.isOn))],
  }));
}
