/**
 * cli/commands/call — calls one tool by hand and prints what it gave.
 */

import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readAllInput } from '../io.ts';
import { withProgress } from '../progress.ts';
import { sanitizeLines, sanitizeToLine } from '../style.ts';

type Content = Readonly<Record<string, unknown>>;

export async function run(context: Context, tool: string, json: string | undefined): Promise<number> {
  const args = parseArguments(json === '-' ? await readAllInput(context.io.stdin) : json);
  const outcome = await withProgress(
    context.io,
    () => `calling ${sanitizeToLine(tool)}`,
    () => context.client.callTool(tool, args),
  );
  if (outcome.kind === 'error') {
    if (context.isJson) context.printJson(outcome);
    throw cliError('failed', {
      message: `${tool} answered error ${outcome.code}: ${sanitizeToLine(outcome.message)}`,
    });
  }
  const { result } = outcome;
  if (context.isJson) context.printJson(result);
  else {
    const text = renderResult(result);
    if (text !== '') context.print(text);
  }
  if (result['isError'] !== true) return exitCodes.ok;
  context.tell(`mcpmux: ${tool} ran and says that it failed`);
  return exitCodes.failure;
}

/** @throws cli.usage when the text is no JSON object */
export function parseArguments(text: string | undefined): Record<string, unknown> {
  if (text === undefined || text.trim() === '') return {};
  const hint = `for example: mcpmux call TOOL '{"path": "/tmp"}'`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? sanitizeToLine(cause.message) : '';
    throw cliError('usage', { message: `the arguments are not valid JSON: ${reason}`, hint }, cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    const what = parsed === null ? 'null' : Array.isArray(parsed) ? 'an array' : `a ${typeof parsed}`;
    throw cliError('usage', { message: `the arguments must be a JSON object, not ${what}`, hint });
  }
  return parsed as Record<string, unknown>;
}

/** Text as text; what a terminal cannot show is named. */
function renderResult(result: Readonly<Record<string, unknown>>): string {
  const { content, structuredContent } = result;
  const items = Array.isArray(content) ? (content as Content[]) : [];
  const parts = items.map(renderContent);
  if (parts.length === 0 && structuredContent !== undefined)
    parts.push(sanitizeLines(JSON.stringify(structuredContent, null, 2)));
  return parts.join('\n');
}

function renderContent(item: Content): string {
  const { type, data, resource } = item;
  const text = textOf(item, 'text');
  if (type === 'text') return sanitizeLines(text);
  if ((type === 'image' || type === 'audio') && typeof data === 'string') {
    const bytes = Buffer.byteLength(data, 'base64');
    return sanitizeToLine(`[${type} ${textOf(item, 'mimeType')}, ${bytes} bytes; --json shows it]`);
  }
  if (type === 'resource_link')
    return sanitizeToLine(`[resource ${textOf(item, 'name')} ${textOf(item, 'uri')}]`);
  if (type === 'resource' && typeof resource === 'object' && resource !== null) {
    const inner = resource as Content;
    return typeof inner['text'] === 'string'
      ? `${sanitizeToLine(`[${textOf(inner, 'uri')}]`)}\n${sanitizeLines(inner['text'])}`
      : sanitizeToLine(`[resource ${textOf(inner, 'uri')} ${textOf(inner, 'mimeType')}; --json shows it]`);
  }
  return sanitizeLines(JSON.stringify(item));
}

function textOf(item: Content, name: string): string {
  const value = item[name];
  return typeof value === 'string' ? value : '';
}
