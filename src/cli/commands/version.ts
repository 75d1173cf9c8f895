/**
 * cli/commands/version — which mcpmux and which Node.
 */
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { version } from '../version.ts';

export function run(context: Context): number {
  const { node } = process.versions;
  if (context.isJson) context.printJson({ version, nodeVersion: node });
  else context.print(`mcpmux ${version} (Node ${node})`);
  return exitCodes.ok;
}
