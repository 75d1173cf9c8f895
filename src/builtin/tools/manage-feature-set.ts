/**
 * builtin/tools/manage-feature-set — `mcpmux_manage_feature_set`: creates, changes and deletes FeatureSets, when a person
 * allows it. What is wrong with the wish is said before anybody is asked.
 */
import { shortText } from '../../base/index.ts';
import { similarNames, type Target } from '../../catalogue/index.ts';
import type { Space } from '../../model/index.ts';
import { BadArgument, neededText, textArgument, textsArgument } from '../arguments.ts';
import { type BuiltInRequest, type BuiltInTool, says, type WritePlan } from '../built-in-tool.ts';
import { type AccessWorld, spaceArgument } from './access-world.ts';

const actions = ['create', 'update', 'delete'] as const;
const mostNames = 500;
const namesShown = 20;

export function manageFeatureSetTool(world: () => AccessWorld): BuiltInTool {
  return {
    name: 'manage_feature_set',
    title: 'Manage a FeatureSet',
    description: 'Creates, changes or deletes a FeatureSet. The person is asked first.',
    inputSchema: {
      type: 'object',
      properties: {
        action: { type: 'string', enum: [...actions] },
        feature_set: { type: 'string', description: 'the one to update or delete' },
        name: { type: 'string' },
        description: { type: 'string' },
        add: { type: 'array', items: { type: 'string' }, description: 'names of tools' },
        remove: { type: 'array', items: { type: 'string' } },
        space: { type: 'string' },
      },
      required: ['action'],
    },
    isWrite: true,
    call(request) {
      const action = neededText(request.given, 'action', actions.join(', '));
      const space = spaceArgument(world(), request);
      switch (action) {
        case 'create':
          return planCreation(world(), request, space);
        case 'update':
          return planChange(world(), request, space);
        case 'delete':
          return planRemoval(world(), request, space);
        default:
          throw new BadArgument(`"action" is one of ${actions.join(', ')}, not "${shortText(action, 40)}"`);
      }
    },
  };
}

function planCreation(world: AccessWorld, request: BuiltInRequest, space: Space): WritePlan {
  const { access, sets } = world;
  const { given } = request;
  const name = neededText(given, 'name', 'what the FeatureSet is to be called');
  const add = textsArgument(given, 'add', mostNames);
  if (add.length === 0) throw new BadArgument('"add" is missing: the names of the tools to put into it');
  checkTools(add, world, request, space);
  if (access.snapshot.parts.sets.some((set) => set.spaceId === space.id && isSame(set.name, name)))
    throw new BadArgument(`There is a FeatureSet "${shortText(name)}" already; use "update"`);
  const description = textArgument(given, 'description');
  return {
    kind: 'plan',
    summary: `create the FeatureSet "${shortText(name, 60)}" in the Space "${space.name}": ${signed(add, [])}`,
    async apply() {
      const { set } = await sets.create({ name, description, space: space.id, include: add });
      return says(`The FeatureSet "${set.name}" (${set.slug}) was created with ${add.length} tools.`);
    },
  };
}

function planChange(world: AccessWorld, request: BuiltInRequest, space: Space): WritePlan {
  const { sets } = world;
  const { given } = request;
  const reference = neededText(given, 'feature_set', 'the FeatureSet to change');
  const { set } = sets.get(reference, space.id);
  const add = textsArgument(given, 'add', mostNames);
  const remove = textsArgument(given, 'remove', mostNames);
  const name = textArgument(given, 'name');
  const description = textArgument(given, 'description');
  if (add.length === 0 && remove.length === 0 && name === undefined && description === undefined)
    throw new BadArgument('Nothing is to be changed: give "add", "remove", "name" or "description"');
  if (set.isStarter && name !== undefined) throw new BadArgument('The Starter is built in: its name stays');
  checkTools(add, world, request, space);
  const parts = [
    ...(name === undefined ? [] : [`call it "${shortText(name, 60)}"`]),
    ...(add.length + remove.length > 0 ? [signed(add, remove)] : []),
    ...(description === undefined ? [] : ['another description']),
  ];
  return {
    kind: 'plan',
    summary: `change the FeatureSet "${set.name}" of the Space "${space.name}": ${parts.join('; ')}`,
    async apply() {
      const changed = await sets.change(set.id, space.id, {
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
        include: add,
        remove,
      });
      return says([`The FeatureSet "${changed.set.name}" was changed.`, ...changed.warnings].join('\n'));
    },
  };
}

function planRemoval({ sets }: AccessWorld, { given }: BuiltInRequest, space: Space): WritePlan {
  const reference = neededText(given, 'feature_set', 'the FeatureSet to delete');
  const { set, usedBy } = sets.get(reference, space.id);
  if (set.isStarter) throw new BadArgument('The Starter is built in and cannot be deleted');
  const users = usedBy.mappings.length + usedBy.sets.length + usedBy.clients.length;
  return {
    kind: 'plan',
    summary: `delete the FeatureSet "${set.name}" of the Space "${space.name}"${users > 0 ? `, which ${users} mappings, sets or clients use` : ''}`,
    async apply() {
      await sets.remove(set.id, space.id);
      return says(`The FeatureSet "${set.name}" was deleted.`);
    },
  };
}

/** Names of tools that are there, and nothing else: a model does not write patterns by accident. */
function checkTools(
  names: readonly string[],
  world: AccessWorld,
  { hosted }: BuiltInRequest,
  space: Space,
): void {
  const tools = world.viewOf(space.id)?.tools ?? new Map<string, Target>();
  for (const name of names) {
    const target = tools.get(name);
    if (target === undefined) {
      const nearest = similarNames(name, tools.keys());
      const hint = nearest.length > 0 ? `. Did you mean: ${nearest.join(', ')}?` : '';
      throw new BadArgument(`There is no tool "${shortText(name, 60)}" in that Space${hint}`);
    }
    if (target.serverId === hosted.target.serverId)
      throw new BadArgument(`${name} is one of ours: it is there whatever a FeatureSet holds`);
  }
}

function signed(add: readonly string[], remove: readonly string[]): string {
  const all = [...add.map((name) => `+${name}`), ...remove.map((name) => `-${name}`)];
  const shown = all.slice(0, namesShown).map((name) => shortText(name, 64));
  return all.length > namesShown
    ? `${shown.join(', ')} and ${all.length - namesShown} more`
    : shown.join(', ');
}

function isSame(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}
