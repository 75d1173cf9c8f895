/** What somebody pasted, as the installer takes it: JSON of any client, an address, a package, or a command line. */
import type { PlanInstallBody } from '../../../../src/contract/types.ts';

type Target = PlanInstallBody['target'];

export function targetOf(pasted: string): Target {
  const text = pasted.trim();
  if (/^[[{]/.test(text)) return { kind: 'document', text };
  if (/^(?:npm|pypi|oci|nuget):/.test(text) || /^(?:https?|mcpmux):\/\//.test(text))
    return { kind: 'text', text };
  const [command = '', ...args] = wordsOf(text);
  const name = nameOf(command, args);
  return { kind: 'document', text: JSON.stringify({ mcpServers: { [name]: { command, args } } }) };
}

/** The words of a command line; quotes keep blanks together, as a shell would. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const [, double, single, plain] of line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g))
    words.push(double?.replace(/\\(["\\])/g, '$1') ?? single ?? plain ?? '');
  return words;
}

/** `npx -y @modelcontextprotocol/server-memory@1` → `memory`. */
export function nameOf(command: string, args: readonly string[]): string {
  const isRunner = /^(?:npx|uvx|bunx|docker|podman|node|python3?|deno|dnx)$/.test(command);
  const told = isRunner
    ? args.findLast((word) => /^[@\w./\\][\w@./\\:-]*$/.test(word) && !/^(?:run|exec)$/.test(word))
    : command;
  const last =
    (told ?? command)
      .replace(/(?!^)@[^/]*$/, '')
      .replace(/:[\w.-]+$/, '')
      .split(/[\\/]/)
      .at(-1) ?? '';
  const short = last.replace(/^(?:mcp-)?server-|^mcp-|-mcp(?:-server)?$|\.(?:m?js|py|exe|cmd)$/g, '');
  return short === '' ? 'server' : short;
}
