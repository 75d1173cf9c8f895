/**
 * admin/routes/access — who sees what: Spaces, FeatureSets, mappings, why, preflight.
 */
import type { FeatureSetDto, MappingDto, SpaceDto, WhyDto } from '../../contract/index.ts';
import type { MappingOverview, SetOverview, SpaceOverview, Why } from '../../gateway/index.ts';
import { nameOf } from '../../model/index.ts';
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerAccessRoutes(serve: RegisterRoute, { access }: AdminParts): void {
  const { spaces, sets, mappings, why, preflight } = access;
  serve('listSpaces', () => ({ spaces: spaces.list().map(presentSpace) }));
  serve('createSpace', async ({ body }) => presentSpace(await spaces.create(body)));
  serve('getSpace', ({ params }) => presentSpace(spaces.get(params.space)));
  serve('changeSpace', async ({ params, body }) => presentSpace(await spaces.change(params.space, body)));
  serve('removeSpace', async ({ params }) => presentSpace(await spaces.remove(params.space)));

  serve('listSets', ({ query }) => ({ sets: sets.list(query.space).map(presentSet) }));
  serve('createSet', async ({ body }) => presentSet(await sets.create(body)));
  serve('getSet', ({ params, query }) => presentSet(sets.get(params.set, query.space)));
  serve('changeSet', async ({ params, query, body }) =>
    presentSet(await sets.change(params.set, query.space, body)),
  );
  serve('removeSet', async ({ params, query }) => presentSet(await sets.remove(params.set, query.space)));

  serve('listMappings', async ({ query }) => ({
    mappings: (await mappings.list(query.space)).map(presentMapping),
    unmappedPolicy: mappings.policy,
    unmapped: mappings.unmapped.map((one) => ({ ...one })),
  }));
  serve('createMapping', async ({ body }) => presentMapping(await mappings.create(body)));
  serve('changeMapping', async ({ params, body }) =>
    presentMapping(await mappings.change(params.mapping, body)),
  );
  serve('removeMapping', async ({ params }) => presentMapping(await mappings.remove(params.mapping)));
  serve('setUnmappedPolicy', async ({ body }) => {
    await mappings.setPolicy(body.policy);
    return { policy: mappings.policy };
  });

  serve('explainAccess', ({ body }) => presentWhy(why.explain(body)));
  serve('preflight', async ({ body: { tools, waitMs, ...question } }) => ({
    tools: (await preflight.check(tools, question, waitMs)).map((found) => ({
      ...found,
      server: found.server ?? null,
      nearest: [...found.nearest],
      next: found.next ?? null,
    })),
  }));
}

function presentSpace({ space, servers, sets, mappings, clients }: SpaceOverview): SpaceDto {
  return {
    ...space,
    icon: space.icon ?? null,
    colour: space.colour ?? null,
    baseFolders: [...space.baseFolders],
    servers: [...servers],
    sets: sets.map(({ id, slug, name, isStarter }) => ({ id, slug, name, isStarter })),
    mappings: mappings.map(({ key }) => key),
    clients: clients.map(nameOf),
  };
}

function presentSet({ set, space, members, features, usedBy, warnings }: SetOverview): FeatureSetDto {
  return {
    id: set.id,
    spaceId: set.spaceId,
    space: space.slug,
    slug: set.slug,
    name: set.name,
    description: set.description ?? null,
    isStarter: set.isStarter,
    members: members.map(({ member, text, matches, isVanished }) => ({
      text,
      mode: member.mode,
      kind: member.kind,
      matches,
      isVanished,
    })),
    features: features.map(({ kind, server, originalName, shownName, isAvailable }) => ({
      kind,
      server,
      originalName,
      name: shownName,
      isAvailable,
    })),
    usedBy: {
      mappings: usedBy.mappings.map(({ key }) => key),
      sets: usedBy.sets.map(({ name }) => name),
      clients: usedBy.clients.map(nameOf),
    },
    warnings: [...warnings],
    revision: set.revision,
    createdAt: set.createdAt,
    updatedAt: set.updatedAt,
  };
}

function presentMapping({ mapping, space, sets, isThere }: MappingOverview): MappingDto {
  const { id, kind, key, hasChildren, spaceId, createdAt, updatedAt } = mapping;
  return {
    id,
    kind,
    key,
    hasChildren,
    spaceId,
    space: space.slug,
    sets: sets.map(({ id: setId, slug, name }) => ({ id: setId, slug, name })),
    isThere: isThere ?? null,
    createdAt,
    updatedAt,
  };
}

function presentWhy({
  version,
  caller,
  grant,
  space,
  sets,
  servers,
  view,
  tool,
  profile,
  warnings,
}: Why): WhyDto {
  return {
    version,
    client: { name: caller.name ?? null, isKnown: caller.isKnown },
    space: { id: space.id, slug: space.slug, name: space.name },
    sets: sets.map(({ id, slug, name }) => ({ id, slug, name })),
    signal: grant.signal,
    rule: grant.rule,
    isPending: grant.isPending,
    considered: grant.considered.map((one) => ({ ...one })),
    servers: servers.map(({ name }) => name),
    view: {
      tools: [...view.tool],
      prompts: [...view.prompt],
      resources: [...view.resource],
      templates: [...view.template],
    },
    tool:
      tool === undefined
        ? null
        : {
            ...tool,
            includedBy: [...tool.includedBy],
            excludedBy: [...tool.excludedBy],
            nearest: [...tool.nearest],
            change: tool.change ?? null,
          },
    profile:
      profile === undefined
        ? null
        : {
            name: profile.name,
            nameLimit: profile.nameLimit ?? null,
            maxTools: profile.maxTools ?? null,
            followsLists: profile.followsLists ?? null,
            reportsFolders: profile.reportsFolders ?? null,
            asOf: profile.asOf,
          },
    warnings: [...warnings],
  };
}
