/**
 * cli/commands/builtin — McpMux's own tools: which there are, and which clients see.
 */
import type { BuiltInToolListDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable, shorten } from '../table.ts';

export async function list(context: Context): Promise<number> {
  const answer = await context.client.listBuiltInTools();
  if (context.isJson) context.printJson(answer);
  else context.print(render(answer, context));
  return exitCodes.ok;
}

export async function turn(context: Context, tools: readonly string[], isOn: boolean): Promise<number> {
  let answer: BuiltInToolListDto | undefined;
  for (const tool of tools) answer = await context.client.switchBuiltInTool(tool, isOn);
  if (context.isJson) context.printJson(answer);
  else
    context.tell(
      `${tools.map((tool) => sanitizeToLine(tool)).join(', ')} ${tools.length > 1 || tools[0] === 'all' ? 'are' : 'is'} ${isOn ? 'on' : 'off'}. Clients are told.`,
    );
  return exitCodes.ok;
}

function render({ tools }: BuiltInToolListDto, { style, width }: Context): string {
  const nameWidth = Math.max(...tools.map(({ name }) => name.length));
  const room = width === undefined ? 100 : Math.max(20, width - nameWidth - 14);
  const rows = tools.map(({ name, isOn, isWrite, description }) => [
    isOn ? name : style.dim(name),
    isOn ? 'on' : style.dim('off'),
    isWrite ? 'asks' : '',
    shorten(sanitizeToLine(description), room),
  ]);
  return renderTable(['TOOL', '', '', 'WHAT IT IS FOR'], rows, { heading: style.dim });
}
