/**
 * cli/commands/login — signs in to a server and out of it: opens the browser, waits, says how it went.
 */
import {
  AdminProblem,
  type ServerDetailDto,
  type SignInStartedDto,
  type SignInStateDto,
  type StartSignInBody,
} from '../../contract/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatDuration } from '../format-duration.ts';
import { withProgress } from '../progress.ts';
import { sanitizeToLine } from '../style.ts';
import { outcomeCode, renderOutcome, settle } from './add.ts';

export interface LoginOptions {
  /** False with --no-browser. */
  readonly browser: boolean;
  readonly clientId?: string;
  readonly clientSecretStdin: boolean;
  readonly scope?: readonly string[];
  readonly clientCredentials: boolean;
  readonly fresh: boolean;
}

/** One question to the daemon lasts at most so long; then it is asked again. */
const pollMs = 20_000;
const settleSeconds = 20;

export async function login(context: Context, name: string, options: LoginOptions): Promise<number> {
  const { client } = context;
  const server = await client.getServer(name);
  const wishes = await readWishes(context, options);
  if (options.clientCredentials) {
    await withProgress(
      context.io,
      () => `signing in to ${sanitizeToLine(server.name)}`,
      () => client.useClientCredentials(server.id, wishes),
    );
    return finish(context, server);
  }
  const started = await withProgress(
    context.io,
    () => `asking ${sanitizeToLine(server.name)} how to sign in`,
    () =>
      client.startSignIn(server.id, {
        mode: options.browser ? 'caller' : 'no-browser',
        ...wishes,
        ...(options.fresh ? { isFreshRegistration: true } : {}),
      }),
  );
  if (started.isRegistrationInDoubt && !options.fresh) tellDoubt(context, server);
  if (options.browser) await waitForBrowser(context, server, started);
  else await takePaste(context, server, started);
  return finish(context, server);
}

export async function logout(context: Context, name: string): Promise<number> {
  const server = await context.client.getServer(name);
  const done = await context.client.signOut(server.id);
  if (context.isJson) context.printJson(done);
  else if (!done.wasSignedIn) context.tell(`Nobody was signed in to ${sanitizeToLine(server.name)}.`);
  else {
    const revoked = done.isRevoked
      ? 'the provider has confirmed it'
      : `the provider was not told: ${sanitizeToLine(done.reason ?? 'it offers no way')}`;
    context.tell(`Signed out of ${sanitizeToLine(server.name)}; ${revoked}.`);
  }
  return exitCodes.ok;
}

/** Whoever sees an error page of the provider instead of its sign-in has to know what may be behind it. */
function tellDoubt(context: Context, server: ServerDetailDto): void {
  context.tell('The last sign-in never came back. If the provider shows an error page, it may have dropped');
  context.tell(`our registration there: Ctrl+C, then: mcpmux login ${server.alias} --fresh`);
}

async function readWishes(
  { io }: Context,
  options: LoginOptions,
): Promise<Pick<StartSignInBody, 'client' | 'scopes'>> {
  const { clientId, clientSecretStdin, scope } = options;
  if (clientSecretStdin && clientId === undefined)
    throw cliError('usage', {
      message: '--client-secret-stdin needs --client-id',
      hint: 'mcpmux login NAME --client-id ID --client-secret-stdin',
    });
  return {
    ...(scope === undefined ? {} : { scopes: scope.flatMap((words) => words.split(/[\s,]+/)) }),
    ...(clientId === undefined
      ? {}
      : {
          client: {
            clientId,
            ...(clientSecretStdin ? { clientSecret: await askFor(io, 'client secret') } : {}),
          },
        }),
  };
}

async function askFor(
  io: Context['io'],
  what: string,
  question = what,
  signal?: AbortSignal,
): Promise<string> {
  const asker = new SecretAsker(io);
  try {
    const answer = (await asker.ask(question, signal)).trim();
    if (answer === '') throw cliError('usage', { message: `no ${what} was given` });
    return answer;
  } finally {
    await asker.close();
  }
}

/** Opens the address in this person's browser, not in the daemon's session, which may have no screen. */
async function waitForBrowser(
  context: Context,
  server: ServerDetailDto,
  started: SignInStartedDto,
): Promise<void> {
  const { io } = context;
  const { openBrowser } = await import('../../sign-in/index.ts');
  // With a public URL the browser may be anywhere.
  const comesBackHere = new URL(started.redirectUri).protocol === 'http:';
  const isOpened = await openBrowser(started.authorizationUrl, { env: { ...io.env } });
  context.tell(
    isOpened
      ? `Finish the sign-in to ${sanitizeToLine(server.name)} in the browser. If none has opened:`
      : `To sign in to ${sanitizeToLine(server.name)}, open this in a browser${comesBackHere ? ' on this machine' : ''}:`,
  );
  context.tell(`  ${started.authorizationUrl}`);
  if (!isOpened && comesBackHere)
    context.tell(`On another machine? Ctrl+C, then: mcpmux login ${server.alias} --no-browser`);
  const says = (): string =>
    `waiting for the sign-in, for another ${formatDuration(Math.max(0, started.expiresAt - io.now()))}`;
  requireSignedIn(server, started, await withProgress(io, says, () => untilEnded(context, server, started)));
}

/** Waits for the end of the sign-in, however it comes. */
async function untilEnded(
  { client }: Context,
  server: ServerDetailDto,
  started: SignInStartedDto,
  signal?: AbortSignal,
): Promise<SignInStateDto> {
  for (;;) {
    const now = await client.getSignIn(server.id, pollMs, signal);
    if (now.open?.flowId !== started.flowId) return now;
  }
}

function requireSignedIn(server: ServerDetailDto, started: SignInStartedDto, state: SignInStateDto): void {
  const { last } = state;
  if (last?.flowId === started.flowId && last.isSignedIn) return;
  throw new AdminProblem({
    type: `urn:mcpmux:problem:${last?.code ?? 'cli.failed'}`,
    title: 'Not signed in',
    status: 424,
    detail: last?.reason ?? `the sign-in to "${server.name}" was replaced by another one`,
    code: last?.code ?? 'cli.failed',
    kind: 'unauthenticated',
    nextStep: last?.nextStep ?? `run: mcpmux login ${server.alias}`,
  });
}

async function takePaste(
  context: Context,
  server: ServerDetailDto,
  started: SignInStartedDto,
): Promise<void> {
  context.tell(`Open this in any browser and sign in to ${sanitizeToLine(server.name)}:`);
  // To stdout: it is what was asked for, and scripts read it there.
  context.print(
    context.isJson
      ? JSON.stringify({ authorizationUrl: started.authorizationUrl })
      : started.authorizationUrl,
  );
  context.tell(
    `The browser ends on a page that may not load. Its address begins with ${started.redirectUri}`,
  );
  // The browser may run on this machine, and then the sign-in ends without anything to paste.
  const isOver = new AbortController();
  const ended = untilEnded(context, server, started, isOver.signal).then((state) => ({ state }));
  const question = 'paste that whole address (it is not shown), then Enter';
  const pasted = askFor(context.io, 'address', question, isOver.signal).then((address) => ({ address }));
  pasted.catch(() => {});
  ended.catch(() => {});
  const first = await Promise.race([pasted, ended]).finally(() => isOver.abort());
  if ('state' in first) {
    await pasted.catch(() => {});
    context.tell('The browser has come back by itself; there is nothing to paste.');
    return requireSignedIn(server, started, first.state);
  }
  try {
    await context.client.completeSignIn(server.id, first.address);
  } catch (error) {
    const isUsed = error instanceof AdminProblem && error.code === 'sign-in.no_such_flow';
    const state = isUsed ? await context.client.getSignIn(server.id) : undefined;
    // Pasted in the moment in which the browser came back: what counts is how the sign-in ended.
    if (state === undefined || state.open !== null || state.last?.flowId !== started.flowId) throw error;
    requireSignedIn(server, started, state);
  }
}

async function finish(context: Context, signedIn: ServerDetailDto): Promise<number> {
  const server = await settle(context, await context.client.getServer(signedIn.id), settleSeconds);
  if (context.isJson) context.printJson(server);
  else {
    context.tell(`Signed in to ${sanitizeToLine(server.name)}.`);
    context.print(renderOutcome(server, context));
  }
  return outcomeCode(server);
}
