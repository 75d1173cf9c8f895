/**
 * conformance/fs-hook — lets the conformance suite start on Node 20: it imports `globSync` from `fs`, which came with
 * Node 22, for a command that we never run.
 */
import { register } from 'node:module';

const SHIM = `
export * from 'node:fs';
export { default } from 'node:fs';
export function globSync() { throw new Error('fs.globSync needs Node 22'); }
`;

const HOOKS = `
export async function resolve(specifier, context, next) {
  const wanted = specifier === 'fs' && context.parentURL?.includes('@modelcontextprotocol/conformance');
  return wanted ? { url: 'conformance-fs:shim', shortCircuit: true } : next(specifier, context);
}
export async function load(url, context, next) {
  if (url !== 'conformance-fs:shim') return next(url, context);
  return { format: 'module', shortCircuit: true, source: ${JSON.stringify(SHIM)} };
}
`;

register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
