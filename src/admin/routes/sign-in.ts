/**
 * admin/routes/sign-in — signing in to servers: start, complete, give up, sign out, and what the doctor finds.
 */
import { Secret } from '../../base/index.ts';
import type {
  ConnectionDto,
  SignInReportDto,
  SignInStartedDto,
  SignInStateDto,
} from '../../contract/index.ts';
import type { SignInControl, SignInOverview } from '../../gateway/index.ts';
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute, RouteInput } from '../register-route.ts';

type GivenClient = NonNullable<Parameters<SignInControl['start']>[1]['client']>;

export function registerSignInRoutes(serve: RegisterRoute, { signInControl: signIn }: AdminParts): void {
  serve('connectServer', async ({ params }) => presentConnection(await signIn.connect(params.server)));
  serve('startSignIn', async ({ params, body }) =>
    presentStarted(
      await signIn.start(params.server, {
        mode: body.mode,
        ...wishes(body),
        ...(body.isFreshRegistration === undefined ? {} : { isFreshRegistration: body.isFreshRegistration }),
      }),
    ),
  );
  serve('getSignIn', async ({ params, query }) =>
    presentSignIn(await signIn.state(params.server, query.waitMs)),
  );
  serve('completeSignIn', async ({ params, body }) =>
    presentSignIn(await signIn.complete(params.server, body.url)),
  );
  serve('cancelSignIn', ({ params, reply }) => {
    signIn.cancel(params.server);
    return reply.code(204).send();
  });
  serve('useClientCredentials', async ({ params, body }) =>
    presentSignIn(await signIn.useClientCredentials(params.server, wishes(body))),
  );
  serve('signOut', async ({ params }) => {
    const { wasSignedIn, isRevoked, reason } = await signIn.signOut(params.server);
    return { wasSignedIn, isRevoked, reason: reason ?? null };
  });
  serve('diagnoseSignIn', async ({ params }) => presentReport(await signIn.diagnose(params.server)));
  serve('listSignIns', async () => ({ signIns: (await signIn.list()).map(presentSignIn) }));
}

/** The client's secret becomes a Secret here, in the line that reads it. */
function wishes(body: Pick<RouteInput<'startSignIn'>['body'], 'client' | 'scopes'>): {
  readonly client?: GivenClient;
  readonly scopes?: readonly string[];
} {
  const { client, scopes } = body;
  return {
    ...(scopes === undefined ? {} : { scopes }),
    ...(client === undefined
      ? {}
      : {
          client: {
            clientId: client.clientId,
            ...(client.clientSecret === undefined ? {} : { clientSecret: new Secret(client.clientSecret) }),
            ...(client.authenticationMethod === undefined
              ? {}
              : { authenticationMethod: client.authenticationMethod }),
          },
        }),
  };
}

function presentConnection(outcome: Awaited<ReturnType<SignInControl['connect']>>): ConnectionDto {
  switch (outcome.kind) {
    case 'connected':
      return { kind: 'connected', isReused: outcome.isReused };
    case 'oauth-required': {
      const { signIn, reason, nextStep } = outcome;
      return {
        kind: 'oauth-required',
        signIn: signIn === undefined ? null : presentStarted(signIn),
        reason,
        nextStep,
      };
    }
    case 'failed':
      return { kind: 'failed', reason: outcome.reason, nextStep: outcome.nextStep ?? null };
  }
}

type Started = Awaited<ReturnType<SignInControl['start']>>;

function presentStarted({
  flowId,
  authorizationUrl,
  redirectUri,
  expiresAt,
  isNew,
  isRegistrationInDoubt,
}: Started): SignInStartedDto {
  return { flowId, authorizationUrl, redirectUri, expiresAt, isNew, isRegistrationInDoubt };
}

function presentSignIn({ server, open, last, tokens, need }: SignInOverview): SignInStateDto {
  return {
    serverId: server.id,
    serverName: server.name,
    alias: server.alias,
    open: open === undefined ? null : presentStarted(open),
    last:
      last === undefined
        ? null
        : {
            flowId: last.flowId,
            isSignedIn: last.isSignedIn,
            at: last.at,
            code: last.error?.code ?? null,
            reason: last.error?.message ?? null,
            nextStep: last.error?.hint ?? null,
          },
    tokens: {
      isSignedIn: tokens.isSignedIn,
      issuer: tokens.issuer ?? null,
      scope: tokens.scope ?? null,
      expiresAt: tokens.expiresAt ?? null,
      isRenewable: tokens.isRenewable,
      updatedAt: tokens.updatedAt ?? null,
    },
    registeredUrl:
      server.launch.kind === 'http' && tokens.registeredUrl !== server.launch.url
        ? (tokens.registeredUrl ?? null)
        : null,
    need:
      need === undefined
        ? null
        : {
            kind: need.kind,
            reason: need.reason,
            scope: need.scope ?? null,
            isHopeless: need.isHopeless,
            isTokenRefused: need.isTokenRefused,
          },
  };
}

function presentReport(report: Awaited<ReturnType<SignInControl['diagnose']>>): SignInReportDto {
  return {
    server: report.server,
    steps: report.steps.map(({ title, url, verdict, detail, tookMs }) => ({
      title,
      url: url ?? null,
      verdict,
      detail,
      tookMs: tookMs ?? null,
    })),
    conclusion: report.conclusion,
    isHealthy: report.isHealthy,
    nextStep: report.nextStep ?? null,
  };
}
