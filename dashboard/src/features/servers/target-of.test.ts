import { expect, it } from 'vitest';
import { nameOf, targetOf, wordsOf } from './target-of.ts';

it.each([
  ['{"mcpServers":{}}', { kind: 'document', text: '{"mcpServers":{}}' }],
  ['  https://mcp.linear.app/mcp \n', { kind: 'text', text: 'https://mcp.linear.app/mcp' }],
  ['npm:@scope/pkg@1.2.3', { kind: 'text', text: 'npm:@scope/pkg@1.2.3' }],
  ['mcpmux://install?name=x', { kind: 'text', text: 'mcpmux://install?name=x' }],
  [
    'npx -y @modelcontextprotocol/server-memory',
    {
      kind: 'document',
      text: '{"mcpServers":{"memory":{"command":"npx","args":["-y","@modelcontextprotocol/server-memory"]}}}',
    },
  ],
])('%s is taken as what it is', (pasted, target) => {
  expect(targetOf(pasted)).toEqual(target);
});

it.each([
  ['a b', ['a', 'b']],
  ['a "b c" d', ['a', 'b c', 'd']],
  ["a 'b \"c'", ['a', 'b "c']],
  ['a "b \\" c"', ['a', 'b " c']],
])('the words of %s', (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});

it.each([
  ['npx', ['-y', '@playwright/mcp@0.0.55'], 'mcp'],
  ['uvx', ['mcp-server-time'], 'time'],
  ['docker', ['run', '-i', 'mcp/fetch:latest'], 'fetch'],
  ['/usr/local/bin/github-mcp-server', [], 'github'],
  ['node', ['/home/me/my-server.mjs'], 'my-server'],
])('%s %j is called %s', (command, args, name) => {
  expect(nameOf(command, args)).toBe(name);
});
