/**
 * registry/read-target.test — packages, addresses and links as a person types or clicks them.
 */
import { describe, expect, it } from 'vitest';
import { detailsOf } from './definition.ts';
import { readTargetText } from './read-target.ts';

function read(text: string): string {
  const result = readTargetText(text);
  if (result.kind === 'target') return JSON.stringify(result.target);
  const { packages: [item] = [], remotes: [remote] = [] } = result.definition;
  const what =
    item === undefined ? remote?.url : `${item.registryType} ${item.identifier} ${item.version ?? ''}`.trim();
  return `${detailsOf(result.definition).alias}: ${what}`;
}

describe('a package or an address', () => {
  it.each([
    ['npm:@playwright/mcp@0.0.83', 'mcp: npm @playwright/mcp 0.0.83'],
    ['npm:mcp-server-kubernetes@4.1.7', 'kubernetes: npm mcp-server-kubernetes 4.1.7'],
    ['pypi:mcp-server-time==2026.10.19', 'time: pypi mcp-server-time 2026.10.19'],
    ['oci:ghcr.io/github/github-mcp-server:v1', 'github: oci ghcr.io/github/github-mcp-server:v1'],
    ['npm:some-mcp', 'some: npm some-mcp'],
    ['https://mcp.linear.app/mcp', 'linear: https://mcp.linear.app/mcp'],
  ])('%s is read as %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    ['npm:left-pad@latest', '"latest" is no exact version'],
    ['npm:left-pad@^1.0.0', '"^1.0.0" is no exact version'],
    ['npm:--registry=http://x@1.0.0', 'no name of a package'],
    ['npm:a b@1.0.0', 'no name of a package'],
    ['ftp://x.example/y', '"ftp:" is none of'],
    ['javascript:alert(1)', '"javascript:" is none of'],
    ['https://x.example/a.mcpb', 'download it first'],
    ['npm:x@1.0.0\u202e', 'control characters'],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => readTargetText(text)).toThrow(reason);
  });
});

describe('a link', () => {
  const config = Buffer.from('{"command":"npx","args":["x"]}').toString('base64');
  it.each([
    ['mcpmux://install?server=linear', '{"kind":"definition","id":"linear"}'],
    ['mcpmux://install?package=npm%3Ax%401.0.0', '{"kind":"text","text":"npm:x@1.0.0"}'],
    ['mcpmux://install?url=https%3A%2F%2Fx.example%2Fmcp', '{"kind":"text","text":"https://x.example/mcp"}'],
    [
      `mcpmux://install?name=x&config=${encodeURIComponent(config)}`,
      JSON.stringify({ kind: 'document', text: '{"mcpServers":{"x":{"command":"npx","args":["x"]}}}' }),
    ],
  ])('%s names what is to be planned', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    ['mcpmux://authorize?x=1', 'the only links that are known'],
    ['mcpmux://install?server=a&server=b', 'one thing twice'],
    ['mcpmux://install?server=a&url=b', 'it must name one of'],
    ['mcpmux://install?run=rm', 'it says "run", which means nothing here'],
    ['mcpmux://install?server=', 'its "server" is empty'],
    ['mcpmux://install?url=file%3A%2F%2F%2Fetc', 'must begin with https://'],
    [`mcpmux://install?server=${'a'.repeat(9_000)}`, 'longer than 8192 characters'],
  ])('%s is refused', (text, reason) => {
    expect(() => readTargetText(text)).toThrow(reason);
  });
});
