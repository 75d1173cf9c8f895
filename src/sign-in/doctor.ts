/**
 * sign-in/doctor — goes through the steps of a sign-in without signing in, and reports what each step finds.
 *
 * It changes nothing: no registration, no token, no flow. What it prints holds no secret, also where one stands in the
 * URL's query.
 */
import { type Clock, cleanText, describeError, isMcpMuxError, shellQuote, showUrl } from '../base/index.ts';
import type { CredentialRepository } from '../model/index.ts';
import type { SafeFetchOptions } from '../network/index.ts';
import { authorizationUrlFault } from './authorization-url.ts';
import { callbackUri, defaultCallbackPort } from './callback-listener.ts';
import { bearerChallenge, oauthNeed } from './challenge.ts';
import { type Discovered, discover } from './discovery.ts';
import { isSameIssuer } from './issuer.ts';
import type { OAuthServer } from './oauth-server.ts';
import { type ProbeAnswer, probeServer } from './probe.ts';
import { findRegistration } from './registration.ts';
import { probeStoredToken } from './stored-token-probe.ts';
import { maskerOf, maskUrl } from './url-secrets.ts';

export type DoctorVerdict = 'ok' | 'note' | 'problem';

export interface DoctorStep {
  /** What was checked. */
  readonly title: string;
  /** Where, when a request was made. */
  readonly url: string | undefined;
  readonly verdict: DoctorVerdict;
  /** What was found, one sentence without a full stop. */
  readonly detail: string;
  readonly tookMs: number | undefined;
}

export interface DoctorReport {
  readonly server: string;
  readonly steps: readonly DoctorStep[];
  /** One sentence: whether a sign-in is possible, and whether there is one. */
  readonly conclusion: string;
  readonly isHealthy: boolean;
  /** What to do; undefined if nothing is wrong. */
  readonly nextStep: string | undefined;
}

export interface DoctorOptions {
  readonly credentials: CredentialRepository;
  readonly clock: Clock;
  readonly fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>;
  readonly clientMetadataUrl?: string | undefined;
  readonly callbackPort?: number;
  readonly publicRedirectUri?: string;
  /** The person gave an Authorization header, so OAuth is not used. */
  readonly hasFixedAuthorization?: boolean;
}

export async function diagnose(server: OAuthServer, options: DoctorOptions): Promise<DoctorReport> {
  const { clock } = options;
  const steps: DoctorStep[] = [];
  // A server or a document may repeat the URL, and its query may contain a key.
  const mask = maskerOf(server.url);
  let stepStart = clock.monotonic();
  const add = (title: string, verdict: DoctorVerdict, detail: string, url?: string) => {
    const now = clock.monotonic();
    steps.push({
      title,
      url: url === undefined ? undefined : mask(maskUrl(url)),
      verdict,
      detail: mask(detail),
      tookMs: url === undefined ? undefined : Math.round(now - stepStart),
    });
    stepStart = now;
  };
  const conclude = (conclusion: string, isHealthy: boolean, nextStep?: string): DoctorReport => ({
    server: server.name,
    steps,
    conclusion: mask(conclusion),
    isHealthy,
    nextStep,
  });

  let answer: ProbeAnswer;
  try {
    answer = await probeServer(server);
  } catch (error) {
    // The same words as in the state of the server, because the daemon fails in the same way.
    const reason = cleanText(describeError(error), 500);
    const hint = isMcpMuxError(error) ? error.hint : undefined;
    const isOurs = isMcpMuxError(error, 'transports.bad_header');
    add('a request without a token', 'problem', reason, isOurs ? undefined : server.url);
    return isOurs
      ? conclude(
          `no request can be sent: ${reason}`,
          false,
          `give the header again: mcpmux edit ${shellQuote(server.name)} --header "NAME: VALUE"`,
        )
      : conclude(reason, false, hint ?? 'check the URL and the network');
  }
  const need = oauthNeed(answer.status, answer.wwwAuthenticate, options.hasFixedAuthorization === true);
  const challenge = bearerChallenge(answer.wwwAuthenticate);
  add(
    'a request without a token',
    need === 'sign-in' ? 'ok' : 'note',
    `HTTP ${answer.status}${answer.wwwAuthenticate === undefined ? ', no WWW-Authenticate' : `, WWW-Authenticate: ${cleanText(answer.wwwAuthenticate, 300)}`}${answer.location === undefined ? '' : `, redirect to ${maskUrl(answer.location)} (not followed)`}`,
    server.url,
  );
  if (options.hasFixedAuthorization === true) {
    return conclude(
      'an Authorization header is configured, so OAuth is not used',
      true,
      need === 'none' ? undefined : 'check the configured header',
    );
  }
  if (need === 'other-credentials') {
    return conclude(
      'the server asks for other credentials than OAuth',
      false,
      `give it a key: mcpmux add ${shellQuote(server.name)} … --header "Authorization: …"`,
    );
  }

  const known = await options.credentials.getRegistration(server.id);
  let discovered: Discovered;
  try {
    discovered = await discover(server, {
      fetchOptions: options.fetchOptions,
      challenge,
      preferredIssuer: known?.issuer,
      onStep: (step) =>
        add(
          step.name.replaceAll('-', ' '),
          step.outcome === 'failed' ? 'problem' : step.outcome === 'absent' ? 'note' : 'ok',
          cleanText(step.detail, 500),
          step.url,
        ),
    });
  } catch (error) {
    if (need === 'none') return conclude('the server answers without sign-in', true);
    return conclude(
      cleanText(describeError(error), 500),
      false,
      'report the failing step to whoever runs the server',
    );
  }
  // The sign-in works, so a step that failed was not needed.
  for (const [at, step] of steps.entries())
    if (step.verdict === 'problem') steps[at] = { ...step, verdict: 'note' };
  judgeEndpoints(discovered, add);
  judgeRegistrationWays(discovered, options, add);
  const isSignedIn = await judgeStored(server, discovered, options, add);
  const problem = steps.find((step) => step.verdict === 'problem');
  if (problem !== undefined) {
    // Another sign-in would give another token of the same kind.
    const nextStep =
      problem.title === tokenRequest
        ? 'report this step to whoever runs the server'
        : `mcpmux login ${shellQuote(server.name)}`;
    return conclude(`${problem.title}: ${problem.detail}`, false, nextStep);
  }
  return isSignedIn
    ? conclude('everything works, and you are signed in', true)
    : conclude('you can sign in; nobody has signed in yet', true, `mcpmux login ${shellQuote(server.name)}`);
}

const tokenRequest = 'a request with the stored token';

type Add = (title: string, verdict: DoctorVerdict, detail: string, url?: string) => void;

function judgeEndpoints(discovered: Discovered, add: Add): void {
  const server = discovered.authorizationServer;
  const endpoint = server.authorization_endpoint ?? '';
  const fault = authorizationUrlFault(endpoint);
  if (fault !== undefined) add('authorization endpoint', 'problem', `not safe to open: ${fault}`);
  else add('authorization endpoint', 'ok', showUrl(endpoint));
  add(
    'features',
    'ok',
    [
      'PKCE S256',
      `iss in answers: ${server.authorization_response_iss_parameter_supported === true ? 'yes' : 'not announced'}`,
      `refresh: ${server.grant_types_supported?.includes('refresh_token') === false ? 'not announced' : 'yes'}`,
      `revocation: ${server.revocation_endpoint === undefined ? 'no' : 'yes'}`,
      `scopes: ${cleanText(discovered.resourceScopes ?? server.scopes_supported?.join(' ') ?? 'not published')}`,
      `resource: ${discovered.resource}${discovered.hasResourceMetadata ? '' : ' (the URL of the server; it publishes no metadata)'}`,
    ].join('; '),
  );
}

function judgeRegistrationWays(discovered: Discovered, options: DoctorOptions, add: Add): void {
  const server = discovered.authorizationServer;
  const ways = [
    ...(server.client_id_metadata_document_supported === true
      ? [
          `client metadata document${options.clientMetadataUrl === undefined ? ' (we have no public URL for ours)' : ''}`,
        ]
      : []),
    ...(server.registration_endpoint === undefined ? [] : ['dynamic registration']),
    'a client id given by hand',
  ];
  add('ways to register', 'ok', ways.join(', '));
}

async function judgeStored(
  server: OAuthServer,
  discovered: Discovered,
  options: DoctorOptions,
  add: Add,
): Promise<boolean> {
  const { credentials, clock } = options;
  const registration = await findRegistration(credentials, server.id, discovered.issuer);
  const other = registration === undefined ? await credentials.getRegistration(server.id) : undefined;
  const redirectUri = options.publicRedirectUri ?? callbackUri(options.callbackPort ?? defaultCallbackPort);
  if (registration === undefined) {
    add(
      'our registration',
      other === undefined ? 'note' : 'problem',
      other === undefined
        ? 'none yet; the first sign-in registers'
        : `none at ${discovered.issuer}; the stored one is for ${other.issuer} and is not used here`,
    );
  } else {
    const hasMoved = registration.redirectUri !== undefined && registration.redirectUri !== redirectUri;
    add(
      'our registration',
      'ok',
      `client id ${cleanText(registration.clientId)} (${registration.source}), redirect URI ${registration.redirectUri ?? 'none'}${hasMoved ? `; a new one would have ${redirectUri}` : ''}`,
    );
  }
  const tokens = await credentials.getTokens(server.id);
  if (tokens === undefined) {
    add('stored sign-in', 'note', 'none');
    return false;
  }
  if (!isSameIssuer(tokens.issuer, discovered.issuer)) {
    add(
      'stored sign-in',
      'problem',
      `it is from ${tokens.issuer}, which is no longer the authorization server`,
    );
    return false;
  }
  const left =
    tokens.expiresAt === undefined ? undefined : Math.round((tokens.expiresAt - clock.now()) / 1000);
  const isRenewable =
    tokens.refreshToken !== undefined || registration?.metadata['grant'] === 'client_credentials';
  add(
    'stored sign-in',
    left !== undefined && left <= 0 && !isRenewable ? 'problem' : 'ok',
    `${left === undefined ? 'no expiry given' : left > 0 ? `expires in ${left} s` : `expired ${-left} s ago`}, ${isRenewable ? 'renewable' : 'not renewable'}, scope ${cleanText(tokens.scope ?? 'not given')}, renewed ${tokens.generation - 1} times`,
  );
  if (left !== undefined && left <= 0) return true;
  try {
    const probe = await probeStoredToken(server, tokens.accessToken, discovered.resource, clock.now());
    add(tokenRequest, probe.isTaken ? 'ok' : 'problem', probe.detail, server.url);
  } catch (error) {
    add(tokenRequest, 'note', cleanText(describeError(error)), server.url);
  }
  return true;
}
