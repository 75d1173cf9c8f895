/**
 * builtin/tools/bind-workspace — `mcpmux_bind_current_workspace`: maps the folder in which this client works to FeatureSets,
 * when a person allows it.
 */
import { normalizeFolder } from '../../access/index.ts';
import { shortText } from '../../base/index.ts';
import { BadArgument, switchArgument, textsArgument } from '../arguments.ts';
import { type BuiltInTool, says } from '../built-in-tool.ts';
import { type AccessWorld, folderOf, isGiven, spaceArgument } from './access-world.ts';

const mostSets = 20;

export function bindWorkspaceTool(world: () => AccessWorld): BuiltInTool {
  return {
    name: 'bind_current_workspace',
    title: 'Bind this folder',
    description:
      'Decides which FeatureSets clients get in the folder that you work in. No sets: no tools. The person is asked first.',
    inputSchema: {
      type: 'object',
      properties: {
        feature_sets: {
          type: 'array',
          items: { type: 'string' },
          description: "the Space's Starter when left out",
        },
        space: { type: 'string' },
        with_subfolders: { type: 'boolean', default: false },
      },
    },
    isWrite: true,
    async call(request) {
      const { given, hosted } = request;
      const { mappings, sets: control } = world();
      const folder = folderOf(hosted.call.scope.caller);
      if (folder === undefined)
        throw new BadArgument(
          'Your client does not say in which folder it works, so there is nothing to bind',
        );
      const verdict = normalizeFolder(folder);
      if (!verdict.ok) throw new BadArgument(`"${shortText(folder)}" cannot be bound: ${verdict.reason}`);
      const key = verdict.folder;
      const space = spaceArgument(world(), request);
      const named = textsArgument(given, 'feature_sets', mostSets);
      const sets = isGiven(given, 'feature_sets')
        ? named.map((reference) => control.get(reference, space.id).set)
        : undefined;
      const hasChildren = switchArgument(given, 'with_subfolders');
      const there = (await mappings.list(undefined)).find(
        ({ mapping }) => mapping.kind === 'folder' && mapping.key === key,
      );
      const to =
        sets === undefined
          ? 'its Starter'
          : sets.length === 0
            ? 'no tools'
            : sets.map(({ name }) => `"${name}"`).join(', ');
      return {
        kind: 'plan',
        summary: `${there === undefined ? 'map' : 'map anew'} the folder ${shortText(key)}${hasChildren ? ' with its subfolders' : ''} to the Space "${space.name}": ${to}; this concerns every client that works there`,
        async apply() {
          const wish = { hasChildren, space: space.id, sets: sets?.map(({ id }) => id) };
          if (there === undefined) await mappings.create({ key, ...wish });
          else await mappings.change(there.mapping.id, wish);
          return says(`The folder ${key} leads to the Space "${space.name}" now: ${to}.`);
        },
      };
    },
  };
}
