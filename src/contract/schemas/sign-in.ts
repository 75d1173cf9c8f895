/**
 * contract/schemas/sign-in — signing in to servers: open sign-ins, how they ended, tokens without their text, the doctor.
 */
import { z } from 'zod';
import { count, epochMs } from './fields.ts';
import { named } from './registry.ts';

const scopes = z.array(z.string().min(1).max(256)).max(100);

const givenClient = z.strictObject({
  clientId: z.string().min(1).max(4096),
  clientSecret: z.string().min(1).max(16_384).optional(),
  authenticationMethod: z
    .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .optional()
    .meta({
      description: 'chosen from the metadata when absent; private_key_jwt: the secret is a PKCS #8 PEM',
    }),
});

export const startSignInBody = named(
  'StartSignIn',
  z.strictObject({
    mode: z
      .enum(['caller', 'no-browser'])
      .default('caller')
      .meta({ description: 'who opens the address: the caller on this machine, or a person elsewhere' }),
    scopes: scopes.optional(),
    client: givenClient.optional(),
    isFreshRegistration: z.boolean().optional(),
  }),
);

export const signInStartedDto = named(
  'SignInStarted',
  z.object({
    flowId: count,
    authorizationUrl: z.string(),
    redirectUri: z.string(),
    expiresAt: epochMs,
    isNew: z.boolean().meta({ description: 'false: it was open already' }),
    isRegistrationInDoubt: z.boolean().meta({
      description:
        'the last sign-in with this registration never came back; isFreshRegistration helps if the provider dropped it',
    }),
  }),
);

export const connectionDto = named(
  'Connection',
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('connected'),
      isReused: z.boolean().meta({ description: 'a healthy connection was there already' }),
    }),
    z.object({
      kind: z.literal('oauth-required'),
      signIn: signInStartedDto.nullable(),
      reason: z.string(),
      nextStep: z.string(),
    }),
    z.object({ kind: z.literal('failed'), reason: z.string(), nextStep: z.string().nullable() }),
  ]),
);

export const signInStateDto = named(
  'SignInState',
  z.object({
    serverId: z.string(),
    serverName: z.string(),
    alias: z.string(),
    open: signInStartedDto.nullable(),
    last: z
      .object({
        flowId: count,
        isSignedIn: z.boolean(),
        at: epochMs,
        code: z.string().nullable(),
        reason: z.string().nullable(),
        nextStep: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'how the last one ended, in this life of the daemon' }),
    tokens: z.object({
      isSignedIn: z.boolean(),
      issuer: z.string().nullable(),
      scope: z.string().nullable(),
      expiresAt: epochMs.nullable(),
      isRenewable: z.boolean(),
      updatedAt: epochMs.nullable(),
    }),
    registeredUrl: z.string().nullable().meta({
      description: 'the address that is really called: the sign-in was made for it; null: the configured one',
    }),
    need: z
      .object({
        kind: z.enum(['sign-in', 'more-scope']),
        reason: z.string(),
        scope: z.string().nullable(),
        isHopeless: z.boolean(),
        isTokenRefused: z
          .boolean()
          .meta({ description: 'the server refuses a new token; auth doctor shows what each step finds' }),
      })
      .nullable(),
  }),
);

export const signInListDto = named('SignInList', z.object({ signIns: z.array(signInStateDto) }));

export const completeSignInBody = named(
  'CompleteSignIn',
  z.strictObject({
    url: z.string().min(1).max(16_384).meta({ description: 'the whole address the browser ended on' }),
  }),
);

export const clientCredentialsBody = named(
  'ClientCredentials',
  z.strictObject({ client: givenClient.optional(), scopes: scopes.optional() }),
);

export const signedOutDto = named(
  'SignedOut',
  z.object({
    wasSignedIn: z.boolean(),
    isRevoked: z.boolean().meta({ description: 'the provider has confirmed that the tokens are void' }),
    reason: z.string().nullable(),
  }),
);

export const doctorReportDto = named(
  'SignInReport',
  z.object({
    server: z.string(),
    steps: z.array(
      z.object({
        title: z.string(),
        url: z.string().nullable(),
        verdict: z.enum(['ok', 'note', 'problem']),
        detail: z.string(),
        tookMs: z.number().nullable(),
      }),
    ),
    conclusion: z.string(),
    isHealthy: z.boolean(),
    nextStep: z.string().nullable(),
  }),
);
