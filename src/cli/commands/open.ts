/**
 * cli/commands/open — lets a browser in: by a link that works once, or by six digits; and shuts browsers out again.
 */
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo } from '../format-duration.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface OpenOptions {
  readonly browser: boolean;
  readonly public: boolean;
  readonly code: boolean;
  readonly list: boolean;
  /** true: all browsers; a text: that one. */
  readonly lock?: true | string;
}

export async function run(context: Context, options: OpenOptions): Promise<number> {
  const wishes = [options.code, options.list, options.lock !== undefined, options.public].filter(Boolean);
  if (wishes.length > 1)
    throw cliError('usage', {
      message: 'only one of --public, --code, --list and --lock makes sense at a time',
      hint: 'mcpmux help open',
    });
  if (options.lock !== undefined) return lock(context, options.lock);
  if (options.list) return list(context);
  return options.code ? showCode(context) : open(context, options);
}

async function open(context: Context, options: OpenOptions): Promise<number> {
  const link = await context.client.makeLink(options.public);
  if (context.isJson) {
    context.printJson(link);
    return exitCodes.ok;
  }
  // A public link is for a browser elsewhere.
  const isOpened = options.browser && !options.public && (await openHere(context, link.url));
  context.tell(
    isOpened ? 'The dashboard opens in your browser. If it does not, open this:' : 'Open this in a browser:',
  );
  context.print(link.url);
  context.tell('It opens one browser, once, within 5 minutes. Shut browsers out again: mcpmux open --lock');
  return exitCodes.ok;
}

async function openHere({ io }: Context, url: string): Promise<boolean> {
  const { openBrowser } = await import('../../sign-in/index.ts');
  return openBrowser(url, { env: { ...io.env } });
}

async function showCode(context: Context): Promise<number> {
  const made = await context.client.makeCode();
  if (context.isJson) {
    context.printJson(made);
    return exitCodes.ok;
  }
  const { url } = await context.client.getStatus();
  context.print(`${made.code.slice(0, 3)} ${made.code.slice(3)}`);
  context.tell(
    `Type it at ${new URL('/admin/unlock', url).href} under "No terminal at hand?". It lets one browser in, within two minutes.`,
  );
  return exitCodes.ok;
}

async function list(context: Context): Promise<number> {
  const { browsers } = await context.client.listBrowsers();
  if (context.isJson) {
    context.printJson({ browsers });
    return exitCodes.ok;
  }
  if (browsers.length === 0) {
    context.tell('No browser is let in. Let one in: mcpmux open');
    return exitCodes.ok;
  }
  const now = context.io.now();
  const rows = browsers.map((one) => [
    one.id,
    one.how,
    formatAgo(one.openedAt, now),
    formatAgo(one.lastSeenAt, now),
    sanitizeToLine(one.browser),
  ]);
  context.print(
    renderTable(['ID', 'BY', 'LET IN', 'LAST SEEN', 'BROWSER'], rows, { heading: context.style.dim }),
  );
  return exitCodes.ok;
}

async function lock(context: Context, which: true | string): Promise<number> {
  const { client } = context;
  if (which === true) {
    const { ended } = await client.endBrowsers();
    if (context.isJson) context.printJson({ ended });
    else
      context.tell(
        ended === 0
          ? 'No browser was let in.'
          : `${ended} ${ended === 1 ? 'browser is' : 'browsers are'} shut out. Let one in again: mcpmux open`,
      );
    return exitCodes.ok;
  }
  await client.endBrowser(which);
  if (context.isJson) context.printJson({ ended: 1 });
  else context.tell('The browser is shut out. Let it in again: mcpmux open');
  return exitCodes.ok;
}
