/**
 * builtin/large-results — puts a head, a shape and a way to read on in place of a result that is over its limit.
 *
 * In: an answer as its client would get it. Out: the same, or a short one that names `mcpmux://result/<id>`.
 * Knows nothing of: which limit counts for whom.
 */
import type { JsonObject } from '../base/index.ts';
import type { Target } from '../catalogue/index.ts';
import type { Call } from '../gateway/index.ts';
import type { Answer } from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';
import { type KeptResults, resultUriPrefix } from './kept-results.ts';
import { headOf, largeTextOf, shapeOf } from './result-digest.ts';

/** The first revision with links to resources in results. */
const linksSince = '2025-06-18';

export class LargeResults {
  readonly #kept: KeptResults;

  constructor(kept: KeptResults) {
    this.#kept = kept;
  }

  cut(answer: Answer, limit: number, call: Call, target: Target): Answer {
    if (answer.kind === 'error' || answer.result.byteLength <= limit) return answer;
    const resultType = answer.result.text('resultType');
    if (resultType !== undefined && resultType !== 'complete') return answer;
    const {
      content: _content,
      structuredContent: _structured,
      ...rest
    } = answer.result.parse() as JsonObject;
    const large = largeTextOf({ content: _content, structuredContent: _structured } as JsonObject, limit);
    if (large === undefined) return answer;
    const { principal, client } = call.scope.caller;
    const kept = this.#kept.keep(principal.id, target.shownName, large.text, large.isJson);
    if (kept === undefined) return answer;
    const uri = `${resultUriPrefix}${kept.id}`;
    const text = [
      headOf(large.text, limit),
      '',
      `[The result is longer than ${limit} characters and was cut. It has ${shapeOf(large)}. It is kept for an hour.`,
      `Read on: mcpmux_read_result {"id":"${kept.id}"} with "page":2, or "grep":"words"${large.isJson ? ', or "path":"items[0].name"' : ''}.]`,
    ].join('\n');
    const link = {
      type: 'resource_link',
      uri,
      name: `result of ${target.shownName}`,
      mimeType: large.isJson ? 'application/json' : 'text/plain',
    };
    const hasLinks = client.era === 'modern' || client.revision >= linksSince;
    const content = [{ type: 'text', text }, ...large.others, ...(hasLinks ? [link] : [])];
    return { kind: 'result', result: RawJson.ofText(JSON.stringify({ ...rest, content })) };
  }

  /** As `resources/read` answers it, without what an era adds. @returns undefined when it is not there, or not this caller's */
  contents(uri: string, call: Call): RawJson | undefined {
    const kept = this.#kept.find(call.scope.caller.principal.id, uri);
    if (kept === undefined) return undefined;
    const mimeType = kept.isJson ? 'application/json' : 'text/plain';
    return RawJson.ofText(JSON.stringify({ contents: [{ uri, mimeType, text: kept.text }] }));
  }
}
