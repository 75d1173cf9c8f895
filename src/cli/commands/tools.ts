/**
 * cli/commands/tools — the tools as clients see them, all or those that fit a query.
 */
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable, shorten } from '../table.ts';

export interface ToolsOptions {
  readonly limit?: number;
}

export async function run(
  context: Context,
  query: string | undefined,
  options: ToolsOptions,
): Promise<number> {
  const list = await context.client.listTools(query, options.limit);
  const { tools } = list;
  if (context.isJson) {
    context.printJson(list);
    return exitCodes.ok;
  }
  if (tools.length === 0) {
    context.tell(
      query === undefined ? 'No tools yet. See: mcpmux status' : `No tool fits "${sanitizeToLine(query)}".`,
    );
    return exitCodes.ok;
  }
  const { style, width } = context;
  const nameWidth = Math.max(...tools.map(({ name }) => name.length));
  const room = width === undefined ? 100 : Math.max(20, width - nameWidth - 2);
  const rows = tools.map((tool) => {
    const says = sanitizeToLine(tool.description ?? tool.title ?? '');
    const firstSentence = shorten(tool.isAvailable ? says : `(not available now) ${says}`, room);
    return [
      tool.isAvailable ? tool.name : style.dim(tool.name),
      tool.isAvailable ? firstSentence : style.dim(firstSentence),
    ];
  });
  context.print(renderTable(['TOOL', 'DESCRIPTION'], rows, { heading: style.dim }));
  return exitCodes.ok;
}
