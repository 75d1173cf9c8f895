/**
 * builtin/tools/search-tools — `mcpmux_search_tools`: finds tools of the caller by what it wants to do.
 */
import { shortText } from '../../base/index.ts';
import { searchTools, type Target } from '../../catalogue/index.ts';
import { neededText, numberArgument } from '../arguments.ts';
import { type BuiltInTool, says } from '../built-in-tool.ts';
import { toolLines } from '../tool-lines.ts';

const limits = { least: 1, most: 25, fallback: 10 } as const;

export function searchToolsTool(): BuiltInTool {
  return {
    name: 'search_tools',
    title: 'Search tools',
    description:
      'Finds tools by what you want to do. The exact name of a tool gives its full definition. Names found here can be called.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'what you want to do, in a few words, or the name of a tool' },
        limit: { type: 'integer', minimum: limits.least, maximum: limits.most, default: limits.fallback },
      },
      required: ['query'],
    },
    isWrite: false,
    async call({ hosted, given }) {
      const query = neededText(given, 'query', 'say what you want to do');
      const limit = numberArgument(given, 'limit', limits);
      const { tools } = hosted.granted.view;
      const exact = tools.get(query.trim());
      if (exact !== undefined) return says(definitionOf(exact));
      const found = await searchTools(tools, query, limit);
      const ours = hosted.granted.view.servers.find(({ id }) => id === hosted.target.serverId);
      return says(answerTo(query, found, tools.size - (ours?.features.length ?? 0)));
    },
  };
}

/** The whole of it, as the client would see it in its list. */
export function definitionOf(target: Target): string {
  return target.item.toText();
}

function answerTo(
  query: string,
  { targets, total, isConfident }: Awaited<ReturnType<typeof searchTools>>,
  size: number,
): string {
  const asked = shortText(query.replace(/\s+/g, ' ').trim(), 80);
  if (targets.length === 0)
    return `Nothing fits "${asked}" among ${size} tools. Try other words, or mcpmux_list_all_tools.`;
  const head = isConfident
    ? total > targets.length
      ? `The best ${targets.length} of ${total}:`
      : ''
    : `Nothing here fits "${asked}" well. The nearest, which are probably not what you want:`;
  return [
    ...(head === '' ? [] : [head]),
    ...toolLines(targets),
    'Full definition: search for the exact name.',
  ].join('\n');
}
