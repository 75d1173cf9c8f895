/**
 * admin/routes/catalogue — servers that can be installed: search, show, plan, install.
 *
 * What a plan gives is added by the same way as any other server.
 */
import { Secret } from '../../base/index.ts';
import { type InstallRequest, registryError } from '../../registry/index.ts';
import type { AdminParts } from '../ports.ts';
import { presentServer } from '../present.ts';
import {
  presentDetail,
  presentEntry,
  presentLock,
  presentPlan,
  presentSources,
  presentUpdate,
} from '../present-catalogue.ts';
import type { RegisterRoute, RouteInput } from '../register-route.ts';

export function registerCatalogueRoutes(serve: RegisterRoute, { control, definitions }: AdminParts): void {
  const { catalogue, installer, sources, updates } = definitions;
  const installed = (space?: string) => control.listServers(space).map(({ server }) => server);

  serve('searchCatalogue', async ({ query }) => {
    const { entries, total } = await catalogue.search(query.query ?? '', query, query.limit);
    return { servers: entries.map(presentEntry), total };
  });
  serve('getDefinition', async ({ query }) => {
    const entry = await catalogue.get(query.id);
    return presentDetail(entry, await installer.options(entry.definition));
  });
  serve('listSources', async () => presentSources(await catalogue.sources()));
  serve('addSource', async ({ body }) => {
    await sources.add(body.name, body.url);
    catalogue.forget();
    return presentSources(await catalogue.sources());
  });
  serve('removeSource', async ({ params }) => {
    await sources.remove(params.source);
    catalogue.forget();
    return presentSources(await catalogue.sources());
  });
  serve('refreshSources', async ({ query }) => presentSources(await catalogue.refresh(query.source)));
  serve('planInstall', async ({ body }) => {
    const { plans, refused } = await installer.plan(requestOf(body), installed(body.space));
    return { plans: plans.map(presentPlan), refused: refused.map(({ name, reason }) => ({ name, reason })) };
  });
  serve('install', async ({ body }) => {
    const { plans, refused: unusable } = await installer.plan(requestOf(body), installed(body.space));
    const [plan, another] = plans;
    if (plan === undefined) {
      const reason = unusable.map((server) => `${server.name}: ${server.reason}`).join('; ');
      throw registryError('bad_document', { reason });
    }
    if (another !== undefined)
      throw registryError('bad_document', {
        reason: `it holds several servers; pick one: ${plans.map((one) => one.documentName).join(', ')}`,
      });
    const { name } = plan;
    if (body.expects !== undefined && body.expects !== plan.digest)
      throw registryError('plan_changed', { name });
    const [refused] = plan.refused;
    if (refused !== undefined) throw registryError('refused_variable', { name, ...refused });
    const prepared = await plan.prepare?.();
    const added = await control.addServer({
      name,
      launch: prepared?.launch ?? plan.launch,
      origin: prepared?.origin ?? plan.origin,
      ...(body.space === undefined ? {} : { space: body.space }),
      inputs: plan.inputs,
      inputValues: plan.inputValues,
      ...(plan.alias === undefined ? {} : { alias: plan.alias }),
      ...(body.isEnabled === undefined ? {} : { isEnabled: body.isEnabled }),
    });
    return { server: presentServer(added), unrunScripts: [...(prepared?.unrunScripts ?? [])] };
  });
  serve('listUpdates', async () => ({ updates: (await updates.outdated(installed())).map(presentUpdate) }));
  serve('verifyLocks', async () => ({ locks: (await updates.verify(installed())).map(presentLock) }));
  serve('updateServer', async ({ params, body }) => {
    const before = control.getServer(params.server);
    const plan = await updates.plan(before.server, body.version);
    if (body.isDryRun === true || plan.from === plan.to)
      return { update: presentUpdate(plan), server: presentServer(before) };
    const { command, args, origin } = await updates.install(plan, body.acceptsPublisher === true);
    const after = await control.changeServer(before.server.id, { launch: { command, args }, origin });
    return { update: presentUpdate(plan), server: presentServer(after) };
  });
}

/** Values become Secrets here, in the line that reads them. */
function requestOf(body: RouteInput<'planInstall'>['body']): InstallRequest {
  const { target, option, name, alias, inputValues = {}, repeatedValues = {} } = body;
  const single = Object.entries(inputValues).map(([id, value]) => [id, [new Secret(value)]] as const);
  const several = Object.entries(repeatedValues).map(
    ([id, values]) => [id, values.map((value) => new Secret(value))] as const,
  );
  return {
    target,
    option,
    name,
    alias,
    values: Object.fromEntries([...single, ...several]),
    extra: { args: body.args ?? [], env: sealed(body.env), headers: sealed(body.headers) },
    allowsVariables: body.allowsVariables ?? [],
    pins: body.pins ?? true,
  };
}

function sealed(values: Readonly<Record<string, string>> = {}): Record<string, Secret> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));
}
