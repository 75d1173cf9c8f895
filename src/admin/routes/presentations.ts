/**
 * admin/routes/presentations — how tools look to clients.
 */
import type { JsonObject } from '../../base/index.ts';
import type { PresentedToolDto } from '../../contract/index.ts';
import type { PresentedOverview, ToolPatchChange } from '../../gateway/index.ts';
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerPresentationRoutes(serve: RegisterRoute, { presentations }: AdminParts): void {
  serve('listPresentedTools', () => ({ tools: presentations.list().map(presentOverview) }));
  serve('getPresentedTool', ({ params, query }) =>
    presentOverview(presentations.show(params.tool, query.space)),
  );
  serve('presentTool', async ({ params, body }) => {
    const { space, set, ...change } = body;
    return presentOverview(
      await presentations.change(params.tool, { space, set }, change as ToolPatchChange),
    );
  });
  serve('resetTool', async ({ params, query }) =>
    presentOverview(await presentations.reset(params.tool, query)),
  );
}

function presentOverview(tool: PresentedOverview): PresentedToolDto {
  return {
    spaceId: tool.space.id,
    spaceSlug: tool.space.slug,
    serverId: tool.server.id,
    serverName: tool.server.name,
    originalName: tool.feature.originalName,
    qualifiedName: tool.qualifiedName,
    shownName: tool.shownName ?? null,
    patches: tool.patches.map(({ set, patch }) => ({
      set: set?.slug ?? null,
      patch: patch as PresentedToolDto['patches'][number]['patch'],
    })),
    original: tool.feature.item.parse() as JsonObject,
    item: tool.item.parse() as JsonObject,
    warnings: [...tool.warnings],
    fault: tool.fault ?? null,
  };
}
