/**
 * builtin/tools/list-access — `mcpmux_list_spaces` and `mcpmux_list_feature_sets`: what there is to choose from.
 */
import { shortText } from '../../base/index.ts';
import { type BuiltInTool, says } from '../built-in-tool.ts';
import { type AccessWorld, spaceArgument, spacesOf } from './access-world.ts';

const spaceProperty = { type: 'string', description: 'a Space; your own when left out' } as const;

export function listSpacesTool(world: () => AccessWorld): BuiltInTool {
  return {
    name: 'list_spaces',
    title: 'List Spaces',
    description: 'Lists the Spaces: each has servers, credentials and FeatureSets of its own.',
    inputSchema: { type: 'object', properties: {} },
    isWrite: false,
    call(request) {
      const lines = spacesOf(world(), request).map((space) => {
        const marks = [
          ...(space.id === request.spaceId ? ['yours'] : []),
          ...(space.isDefault ? ['the default'] : []),
        ];
        return `${space.slug}: ${space.name}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
      });
      return says(lines.join('\n'));
    },
  };
}

export function listFeatureSetsTool(world: () => AccessWorld): BuiltInTool {
  return {
    name: 'list_feature_sets',
    title: 'List FeatureSets',
    description: 'Lists the FeatureSets of a Space: named choices of tools. Says which ones you have.',
    inputSchema: { type: 'object', properties: { space: spaceProperty } },
    isWrite: false,
    call(request) {
      const space = spaceArgument(world(), request);
      const { setIds } = request.hosted.granted.grant;
      const lines = world()
        .sets.list(space.id)
        .map(({ set, features }) => {
          const tools = features.filter(({ kind }) => kind === 'tool').length;
          const marks = [
            ...(setIds.includes(set.id) ? ['yours'] : []),
            ...(set.isStarter ? ['built in'] : []),
          ];
          const mark = marks.length > 0 ? ` (${marks.join(', ')})` : '';
          const about = set.description === undefined ? '' : ` ${shortText(set.description, 120)}`;
          return `${set.slug}: ${set.name}${mark}, ${tools} tools.${about}`;
        });
      return says(lines.join('\n'));
    },
  };
}
