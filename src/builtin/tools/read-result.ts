/**
 * builtin/tools/read-result — `mcpmux_read_result`: a result that was cut, read on by page, by words, or by JSON path.
 */
import { type JsonValue, shortText } from '../../base/index.ts';
import { neededText, numberArgument, textArgument } from '../arguments.ts';
import { type BuiltInReply, type BuiltInTool, refuses, says } from '../built-in-tool.ts';
import { followPath, isManyPath } from '../json-path.ts';
import type { KeptResult, KeptResults } from '../kept-results.ts';

const pageCharacters = 8_000;
const lineCharacters = 300;
const matchesShown = 60;

export function readResultTool(results: KeptResults): BuiltInTool {
  return {
    name: 'read_result',
    title: 'Read a long result',
    description: 'Reads on in a result that was cut: a page, the lines with some words, or a JSON path.',
    inputSchema: {
      type: 'object',
      properties: {
        id: { type: 'string', description: 'as the cut result names it' },
        page: { type: 'integer', minimum: 1, default: 1 },
        grep: { type: 'string', description: 'only lines with this text, in any case' },
        path: { type: 'string', description: 'only this part of JSON: items[0].name, items[*].id' },
      },
      required: ['id'],
    },
    isWrite: false,
    call({ hosted, given }) {
      const id = neededText(given, 'id', 'the id that the cut result names');
      const kept = results.find(hosted.call.scope.caller.principal.id, id);
      if (kept === undefined)
        return refuses(
          'not_found',
          `There is no result "${shortText(id, 60)}" of yours. Results are kept for an hour; call the tool again.`,
        );
      const page = numberArgument(given, 'page', { least: 1, most: 1_000_000, fallback: 1 });
      const path = textArgument(given, 'path');
      const grep = textArgument(given, 'grep');
      let { text } = kept;
      if (path !== undefined) {
        const part = partOf(kept, path);
        if (typeof part !== 'string') return part;
        text = part;
      }
      if (grep === undefined) return pageOf(text, page);
      // JSON mostly comes in one line, in which every word is.
      if (kept.isJson && path === undefined) text = JSON.stringify(JSON.parse(text), undefined, 1);
      return linesWith(text, grep, page);
    },
  };
}

function partOf(kept: KeptResult, path: string): string | BuiltInReply {
  if (!kept.isJson) return refuses('invalid_argument', 'This result is text, so "path" finds nothing in it');
  const found = followPath(JSON.parse(kept.text) as JsonValue, path);
  if (found === undefined)
    return refuses('invalid_argument', `"${shortText(path)}" is no path such as items[0].name`);
  if (found.length === 0) return refuses('not_found', `Nothing is at "${shortText(path)}"`);
  const value: JsonValue = isManyPath(path) ? found : (found[0] as JsonValue);
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 1);
}

function pageOf(text: string, page: number): BuiltInReply {
  const pages = Math.max(1, Math.ceil(text.length / pageCharacters));
  if (page > pages) return refuses('invalid_argument', `There are ${pages} pages`);
  const part = text.slice((page - 1) * pageCharacters, page * pageCharacters);
  return says(pages === 1 ? part : `${part}\n[Page ${page} of ${pages}]`);
}

function linesWith(text: string, words: string, page: number): BuiltInReply {
  const wanted = words.toLowerCase();
  const skipped = (page - 1) * matchesShown;
  const shown: string[] = [];
  let matches = 0;
  let number = 0;
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end === -1 ? text.length : end);
    number += 1;
    from = end === -1 ? text.length + 1 : end + 1;
    const at = line.toLowerCase().indexOf(wanted);
    if (at === -1) continue;
    matches += 1;
    if (matches > skipped && shown.length < matchesShown) shown.push(`${number}: ${around(line, at)}`);
  }
  if (matches === 0) return says(`No line has "${shortText(words)}".`);
  const pages = Math.ceil(matches / matchesShown);
  if (page > pages) return refuses('invalid_argument', `There are ${pages} pages`);
  return says([...shown, `[${matches} lines${pages > 1 ? `, page ${page} of ${pages}` : ''}]`].join('\n'));
}

/** A long line, cut around what was looked for. */
function around(line: string, at: number): string {
  if (line.length <= lineCharacters) return line;
  const from = Math.max(0, at - lineCharacters / 2);
  const part = line.slice(from, from + lineCharacters);
  return `${from > 0 ? '…' : ''}${part}${from + lineCharacters < line.length ? '…' : ''}`;
}
