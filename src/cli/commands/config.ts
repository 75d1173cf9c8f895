/**
 * cli/commands/config — every setting and where its value came from: of the running daemon, else of one started now.
 */
import { isMcpMuxError } from '../../base/index.ts';
import type { SettingListDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export async function show(context: Context, dataDirFlag: string | undefined): Promise<number> {
  const list = await context.client.listSettings().catch((error: unknown) => {
    if (!isMcpMuxError(error, 'cli.daemon_not_running')) throw error;
    context.tell('mcpmux is not running; these are the settings it would start with.');
    return settingsFromHere(context, dataDirFlag);
  });
  if (context.isJson) {
    context.printJson(list);
    return exitCodes.ok;
  }
  const { style, width } = context;
  const rows = list.settings.map((setting) => {
    const origin = setting.source === null ? setting.origin : `${setting.origin} (${setting.source})`;
    return [
      setting.name,
      setting.value === null ? style.dim('not set') : sanitizeToLine(String(setting.value)),
      setting.origin === 'default' ? style.dim(origin) : style.cyan(sanitizeToLine(origin)),
    ];
  });
  context.print(renderTable(['SETTING', 'VALUE', 'FROM'], rows, { heading: style.dim, width }));
  return exitCodes.ok;
}

async function settingsFromHere({ io }: Context, dataDirFlag: string | undefined): Promise<SettingListDto> {
  const { loadSettings, settingsTable } = await import('../../config/index.ts');
  const { describeSettings } = await import('../../admin/index.ts');
  const { origins } = await loadSettings({
    flags: { dataDir: dataDirFlag },
    env: io.env,
    workingDir: io.cwd(),
  });
  return {
    settings: describeSettings(origins, settingsTable).map(({ name, value, origin, source, says }) => ({
      name,
      value: value ?? null,
      origin,
      source: source ?? null,
      says: says ?? null,
    })),
  };
}
