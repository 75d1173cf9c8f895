import { afterEach, describe, expect, it } from 'vitest';
import { startAuthorizationServer } from '../../test/fixtures/oauth/authorization-server.ts';
import { browse } from '../../test/fixtures/oauth/browser.ts';
import {
  type ResourceServerOptions,
  startResourceServer,
} from '../../test/fixtures/oauth/resource-server.ts';
import { makeRig } from '../../test/fixtures/oauth/rig.ts';
import { systemClock } from '../base/index.ts';
import { diagnose } from './doctor.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function setUp(rs: ResourceServerOptions = {}, bendMetadata?: (m: Record<string, unknown>) => unknown) {
  const authorizationServer = await startAuthorizationServer(
    bendMetadata === undefined ? {} : { bendMetadata },
  );
  const resourceServer = await startResourceServer(authorizationServer, {
    scopesSupported: ['mcp:read'],
    ...rs,
  });
  const rig = makeRig({ url: resourceServer.url });
  closing.push(authorizationServer, resourceServer, rig);
  const run = () =>
    diagnose(rig.server, { credentials: rig.credentials, clock: systemClock, fetchOptions: {} });
  return { authorizationServer, resourceServer, rig, run };
}

describe('auth doctor', () => {
  it('says what each step found before anybody has signed in, and changes nothing', async () => {
    const { run, rig, authorizationServer, resourceServer } = await setUp({ metadataAt: 'root' });
    const report = await run();
    expect(report.steps.map((step) => [step.title, step.verdict])).toEqual([
      ['a request without a token', 'ok'],
      ['resource metadata', 'note'],
      ['resource metadata', 'ok'],
      ['authorization server metadata', 'ok'],
      ['judgement', 'ok'],
      ['authorization endpoint', 'ok'],
      ['features', 'ok'],
      ['ways to register', 'ok'],
      ['our registration', 'note'],
      ['stored sign-in', 'note'],
    ]);
    expect(report.steps[1]).toMatchObject({
      url: `${resourceServer.origin}/.well-known/oauth-protected-resource/mcp`,
      detail: 'HTTP 404',
    });
    expect(report).toMatchObject({ isHealthy: true, nextStep: 'mcpmux login tracker' });
    expect(authorizationServer.requests.every((r) => r.line.startsWith('GET /.well-known/'))).toBe(true);
    expect(await rig.credentials.getRegistration(rig.server.id)).toBeUndefined();
  });

  it('shows the registration and the sign-in without their secrets', async () => {
    const { run, rig } = await setUp();
    await browse(await rig.signIn.start(rig.server, { mode: 'browser' }));
    const report = await run();
    expect(report).toMatchObject({
      isHealthy: true,
      conclusion: 'all is well, and it is signed in',
      nextStep: undefined,
    });
    const text = JSON.stringify(report);
    const tokens = await rig.credentials.getTokens(rig.server.id);
    expect(text).toContain('renewable');
    expect(text).not.toContain(tokens?.accessToken.reveal());
    expect(text).not.toContain(tokens?.refreshToken?.reveal());
  });

  it.each([
    ['another issuer', {}, (m: object) => ({ ...m, issuer: 'https://evil.example' }), /another issuer/],
    [
      'another resource',
      { bendMetadata: (m: object) => ({ ...m, resource: 'https://other.example' }) },
      undefined,
      /another resource/,
    ],
    ['no PKCE', {}, (m: object) => ({ ...m, code_challenge_methods_supported: [] }), /PKCE/],
  ])('names the step that fails: %s', async (_name, rs, bend, reason) => {
    const { run } = await setUp(rs, bend);
    const report = await run();
    expect(report.isHealthy).toBe(false);
    expect(report.conclusion).toMatch(reason);
    const problems = report.steps.filter((step) => step.verdict === 'problem');
    expect(problems[0]).toMatchObject({ detail: expect.stringMatching(reason) });
  });

  it('says when a server cannot be reached', async () => {
    const { run, resourceServer } = await setUp();
    await resourceServer.close();
    expect(await run()).toMatchObject({
      isHealthy: false,
      conclusion: expect.stringContaining('cannot be reached'),
    });
  });
});
