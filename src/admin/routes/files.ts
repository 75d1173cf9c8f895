/**
 * admin/routes/files — servers as a file: what applying one would change, applying it, and writing one.
 */

import type { FilePlanDto } from '../../contract/index.ts';
import { exportServers } from '../../gateway/index.ts';
import type { FilePlan } from '../../registry/index.ts';
import type { AdminParts } from '../ports.ts';
import { presentPlannedLaunch } from '../present-catalogue.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerFileRoutes(serve: RegisterRoute, { control, definitions }: AdminParts): void {
  const { files, watches } = definitions;
  const present = ({ path, digest, steps }: FilePlan): FilePlanDto => ({
    path,
    digest,
    isWatched: watches.isWatched(path),
    steps: steps.map(({ act, name, launch, refused }) => ({
      act,
      name,
      launch: launch === undefined ? null : presentPlannedLaunch(launch),
      refused: refused.map(({ variable, why }) => ({ variable, why })),
    })),
  });
  serve('exportServers', ({ query }) => ({
    mcpServers: exportServers(control.listServers(query.space).map(({ server }) => server)) as Record<
      string,
      Record<string, unknown>
    >,
  }));
  serve('planFile', async ({ body }) => present(await files.plan({ path: body.path, space: body.space })));
  serve('applyFile', async ({ body }) => {
    const wish = { path: body.path, space: body.space };
    const applied = await files.apply(wish, body.expects, body.allowsVariables ?? []);
    if (body.isWatched !== undefined) await watches.set(wish, body.isWatched);
    return present(applied);
  });
}
