/**
 * admin/routes/built-in — McpMux's own tools: which are on, who finds the others through them, and what that costs.
 */
import type { AdminParts, ListModeFacts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerBuiltInRoutes(
  serve: RegisterRoute,
  { builtIn, listModes, tokens }: AdminParts,
): void {
  serve('listBuiltInTools', () => Promise.resolve({ tools: [...builtIn.list(undefined)] }));
  serve('switchBuiltInTool', async ({ params, body }) => ({
    tools: [...(await builtIn.set(undefined, params.tool, body.isOn))],
  }));
  serve('getListModes', () => Promise.resolve(presentModes(listModes.overview())));
  serve('setListMode', async ({ body: { mode, ...target } }) =>
    presentModes(await listModes.setMode(target, mode ?? undefined)),
  );
  serve('pinTool', async ({ params, body }) => presentModes(await listModes.pin(params.tool, body.isPinned)));
  serve('setResultLimit', async ({ body: { characters, ...target } }) =>
    presentModes(await listModes.setResultLimit(target, characters ?? undefined)),
  );
  serve('getTokenCosts', () =>
    Promise.resolve({
      clients: tokens.costs().map((costs) => ({
        ...costs,
        clientId: costs.clientId ?? null,
        app: costs.app ?? null,
      })),
    }),
  );
}

function presentModes({ modes, pinned, resultLimits }: ListModeFacts) {
  return { modes: [...modes], pinned: [...pinned], resultLimits: [...resultLimits] };
}
