/**
 * field/snippets — the snippets of docs/guides/connect-a-client.md, as a person would copy them.
 *
 * A snippet is a fenced block after `<!-- snippet: CLIENT WAY -->`.
 */
import { readFileSync } from 'node:fs';
import { repositoryPath } from '../support/paths.ts';

export interface Snippet {
  readonly client: string;
  readonly way: string;
  readonly language: string;
  readonly text: string;
}

export const snippetUrl = 'http://127.0.0.1:45818/mcp';
export const snippetKey = 'mcpk_…';

export function readSnippets(): Snippet[] {
  const page = readFileSync(repositoryPath('docs/guides/connect-a-client.md'), 'utf8');
  return [...page.matchAll(/<!-- snippet: (\S+) (\S+) -->\n```(\w+)\n([\s\S]*?)```/g)].map(
    ([, client, way, language, text]) => ({
      client: client as string,
      way: way as string,
      language: language as string,
      text: text as string,
    }),
  );
}

/** A client's snippet with a real URL and key in it. */
export function fillSnippet(client: string, url: string, key: string): string {
  const snippet = readSnippets().find((one) => one.client === client && one.way === 'http');
  if (snippet === undefined) throw new Error(`the guide has no snippet for ${client}`);
  return snippet.text.replaceAll(snippetUrl, url).replaceAll(snippetKey, key);
}
