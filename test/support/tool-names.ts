/**
 * support/tool-names — the names in a list of tools, without those that McpMux offers itself.
 */
export function namesOfServersTools(result: { readonly [key: string]: unknown }): string[] {
  const tools = result['tools'] as readonly { readonly name: string }[];
  return tools.map(({ name }) => name).filter((name) => !name.startsWith('mcpmux_'));
}
