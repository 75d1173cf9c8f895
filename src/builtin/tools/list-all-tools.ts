/**
 * builtin/tools/list-all-tools — `mcpmux_list_all_tools`: every tool of the Space, page by page, and which of them this
 * caller may call.
 */
import { shortText } from '../../base/index.ts';
import { similarNames, type Target, type View } from '../../catalogue/index.ts';
import type { SpaceId } from '../../model/index.ts';
import { numberArgument, textArgument } from '../arguments.ts';
import { type BuiltInTool, refuses, says } from '../built-in-tool.ts';
import { firstSentence } from '../tool-lines.ts';

const pageSize = 100;
const descriptionLength = 60;

export interface WholeSpaces {
  /** Everything of a Space, whatever the caller may see of it. */
  viewOf(spaceId: SpaceId): View | undefined;
}

export function listAllToolsTool(spaces: WholeSpaces): BuiltInTool {
  return {
    name: 'list_all_tools',
    title: 'List all tools',
    description:
      'Lists the tools of every server here, also those that you cannot call now, with the reason. To find one, search instead.',
    inputSchema: {
      type: 'object',
      properties: {
        server: { type: 'string', description: 'only those of this server' },
        page: { type: 'integer', minimum: 1, default: 1 },
      },
    },
    isWrite: false,
    call({ hosted, spaceId, given }) {
      const wanted = textArgument(given, 'server');
      const page = numberArgument(given, 'page', { least: 1, most: 10_000, fallback: 1 });
      const { view } = hosted.granted;
      const whole = spaces.viewOf(spaceId) ?? view;
      const servers = whole.servers.filter(({ id }) => id !== hosted.target.serverId);
      const server = wanted === undefined ? undefined : findServer(servers, wanted);
      if (wanted !== undefined && server === undefined) {
        const nearest = similarNames(
          wanted,
          servers.map(({ alias }) => alias),
        );
        const names = nearest.length > 0 ? nearest : servers.map(({ alias }) => alias).slice(0, 20);
        return refuses(
          'not_found',
          `There is no server "${shortText(wanted)}". There is: ${names.join(', ')}`,
        );
      }
      const targets = [...whole.tools.values()].filter(
        ({ serverId }) =>
          serverId !== hosted.target.serverId && (server === undefined || serverId === server.id),
      );
      const pages = Math.max(1, Math.ceil(targets.length / pageSize));
      if (page > pages) return refuses('invalid_argument', `There are ${pages} pages`);
      const shown = targets.slice((page - 1) * pageSize, page * pageSize);
      const lines = [`${targets.length} tools of ${server?.alias ?? `${servers.length} servers`}`];
      let alias = '';
      for (const target of shown) {
        if (target.alias !== alias) {
          alias = target.alias;
          lines.push(`## ${alias}`);
        }
        lines.push(`${target.shownName}${whyNot(target, view)} ${saysOf(target)}`.trimEnd());
      }
      if (pages > 1) lines.push(`Page ${page} of ${pages}.`);
      return says(lines.join('\n'));
    },
  };
}

function whyNot(target: Target, view: View): string {
  if (!view.tools.has(target.shownName)) return ' [not among your tools]';
  return target.isAvailable ? '' : ' [its server is away]';
}

function saysOf(target: Target): string {
  return firstSentence(target.item.text('title') ?? target.item.text('description') ?? '', descriptionLength);
}

function findServer<Server extends { readonly alias: string; readonly name: string }>(
  servers: readonly Server[],
  wanted: string,
): Server | undefined {
  const name = wanted.trim().toLowerCase();
  return servers.find((one) => one.alias === name || one.name.toLowerCase() === name);
}
