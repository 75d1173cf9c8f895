/**
 * builtin/tools/call-tool — `mcpmux_call_tool` and `mcpmux_call_read_tool`: a call of a tool that the client has not in its
 * list, but found.
 *
 * The call goes the way of every other: same view, same approvals, same server. What comes back is passed on untouched.
 * The second one carries only calls of tools that say of themselves that they only read, so that a client's own permission
 * dialog can let reads pass and stop at the rest.
 */
import { type JsonObject, shortText } from '../../base/index.ts';
import { searchTools, similarNames, type Target } from '../../catalogue/index.ts';
import { RawJson } from '../../protocol/index.ts';
import { neededText, objectArgument } from '../arguments.ts';
import { type BuiltInReply, type BuiltInRequest, type BuiltInTool, refuses } from '../built-in-tool.ts';

const noArguments = RawJson.ofByteText('{}');

const inputSchema: JsonObject = {
  type: 'object',
  properties: {
    name: { type: 'string', description: 'as mcpmux_search_tools gives it' },
    arguments: { type: 'object', description: 'of that tool' },
  },
  required: ['name'],
};

export function callToolTool(): BuiltInTool {
  return {
    name: 'call_tool',
    title: 'Call a tool',
    description:
      'Calls a tool that mcpmux_search_tools found. For tools that only read, mcpmux_call_read_tool.',
    inputSchema,
    isWrite: false,
    isReadOnly: false,
    call: (request) => callOther(request, false),
  };
}

export function callReadToolTool(): BuiltInTool {
  return {
    name: 'call_read_tool',
    title: 'Call a tool that only reads',
    description: 'Calls a tool that mcpmux_search_tools found, if that tool says that it only reads.',
    inputSchema,
    isWrite: false,
    isReadOnly: true,
    call: (request) => callOther(request, true),
  };
}

async function callOther({ hosted, given }: BuiltInRequest, onlyReads: boolean): Promise<BuiltInReply> {
  const name = neededText(given, 'name', 'the name of a tool, as mcpmux_search_tools gives it');
  const args = objectArgument(given, 'arguments') ?? noArguments;
  const { tools } = hosted.granted.view;
  const target = tools.get(name);
  if (target === undefined) return refuses('not_found', await missing(name, tools));
  if (target.serverId === hosted.target.serverId)
    return refuses('invalid_argument', `${name} is one of ours: call it directly`);
  if (onlyReads && !readsOnly(target))
    return refuses(
      'not_read_only',
      `${name} does not say that it only reads. Use mcpmux_call_tool, for which your client may ask the person.`,
    );
  const params = (hosted.call.params ?? noArguments)
    .with('name', JSON.stringify(name))
    .with('arguments', args);
  const answer = await hosted.act({ ...hosted.call, params });
  return { kind: 'answer', answer };
}

export function readsOnly(target: Target): boolean {
  return target.original.object('annotations')?.is('readOnlyHint', 'true') === true;
}

async function missing(name: string, tools: ReadonlyMap<string, Target>): Promise<string> {
  const nearest = similarNames(name, tools.keys());
  const names =
    nearest.length > 0
      ? nearest
      : (await searchTools(tools, name, 3)).targets.map(({ shownName }) => shownName);
  const hint = names.length > 0 ? ` Did you mean: ${names.join(', ')}?` : '';
  return `There is no tool "${shortText(name)}" among yours.${hint} mcpmux_search_tools finds the right name.`;
}
