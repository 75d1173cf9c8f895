/**
 * cli/commands/bridge-bundle — writes our bridge as a bundle that Claude Desktop installs with a double click.
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openConnections } from '../clients-here/open-connections.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { version } from '../version.ts';

export async function run(context: Context, file: string | undefined): Promise<number> {
  const { bridgeBundle } = await import('../../clients/index.ts');
  const machine = await openConnections(context);
  const bridge = await machine.bridge(false);
  if (bridge.kind !== 'bridge') throw cliError('failed', { message: 'there is no bridge to bundle' });
  const path = resolve(context.io.cwd(), file ?? 'mcpmux.mcpb');
  const bytes = bridgeBundle({ version, command: bridge.command, args: bridge.args });
  try {
    await writeFile(path, bytes);
  } catch (cause) {
    throw cliError(
      'failed',
      {
        message: `${path} cannot be written: ${(cause as Error).message}`,
        hint: 'mcpmux bridge-bundle FILE writes it elsewhere',
      },
      cause,
    );
  }
  if (context.isJson) context.printJson({ file: path, bytes: bytes.length });
  else {
    context.tell(`Wrote ${path}. It starts: ${[bridge.command, ...bridge.args].join(' ')}`);
    context.tell(
      'Open it with Claude Desktop (a double click). It holds no key: the bridge finds the key of this machine.',
    );
  }
  return exitCodes.ok;
}
