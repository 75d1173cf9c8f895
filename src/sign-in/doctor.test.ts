import { afterEach, describe, expect, it } from 'vitest';
import { startAuthorizationServer } from '../../test/fixtures/oauth/authorization-server.ts';
import { browse } from '../../test/fixtures/oauth/browser.ts';
import {
  type ResourceServerOptions,
  startResourceServer,
} from '../../test/fixtures/oauth/resource-server.ts';
import { makeRig } from '../../test/fixtures/oauth/rig.ts';
import { Secret, systemClock } from '../base/index.ts';
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
  it('reports each step before the first sign-in, and changes nothing', async () => {
    const { run, rig, authorizationServer, resourceServer } = await setUp({ metadataAt: 'root' });
    const report = await run();
    expect(report.steps.map((step) => [step.title, step.verdict])).toEqual([
      ['a request without a token', 'ok'],
      ['resource metadata', 'note'],
      ['resource metadata', 'ok'],
      ['authorization server metadata', 'ok'],
      ['result', 'ok'],
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
      conclusion: 'everything works, and you are signed in',
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

  it.each([
    ['a key in the query', '?key=s3cr3t-k3y'],
    ['several, escaped', '?team=blue&api_key=s3cr3t%2Dk3y&x=1'],
    ['a key without a name', '?s3cr3t-k3y'],
  ])('R76 prints no secret of the URL: %s', async (_name, query) => {
    const { rig, resourceServer, authorizationServer } = await setUp({
      // The server repeats its whole URL wherever it can.
      bendMetadata: (m) => ({ ...m, resource: `${String(m['resource'])}${query}` }),
      hint: (origin) =>
        `resource_metadata="${origin}/elsewhere/metadata${query}", realm="${origin}/mcp${query}"`,
    });
    const server = { ...rig.server, url: `${resourceServer.url}${query}` };
    const run = () =>
      diagnose(server, { credentials: rig.credentials, clock: systemClock, fetchOptions: {} });
    const reports = [await run()];
    await authorizationServer.close();
    reports.push(await run());
    await resourceServer.close();
    reports.push(await run());
    const text = decodeURIComponent(JSON.stringify(reports));
    expect(text).toContain('/mcp');
    expect(text).not.toContain('s3cr3t-k3y');
  });

  it.each([
    ['a line break', { 'X-Key': new Secret('a\nb') }, 'its value holds a line break'],
    ['a letter that no header carries', { 'X-Key': new Secret('k€y') }, 'holds a character that headers'],
    ['a name with a space', { 'X Key': new Secret('key') }, 'that is no header name'],
    ['a header of the protocol', { 'Content-Length': new Secret('7') }, 'the protocol sets this header'],
  ])('R58 names the header that cannot be sent: %s', async (_name, headers, reason) => {
    const { rig, resourceServer } = await setUp();
    const server = { ...rig.server, headers: headers as Record<string, Secret> };
    const report = await diagnose(server, {
      credentials: rig.credentials,
      clock: systemClock,
      fetchOptions: {},
    });
    expect(report.isHealthy).toBe(false);
    expect(report.conclusion).toMatch(/^no request can be sent: header "X.?Key|Content/);
    expect(report.conclusion).toContain(reason);
    expect(report.nextStep).toBe('give the header again: mcpmux edit tracker --header "NAME: VALUE"');
    expect(JSON.stringify(report)).not.toMatch(/k€y|"a\\\\nb/);
    expect(resourceServer.requests).toEqual([]);
  });

  it.each([
    ['nothing listens', 'http://127.0.0.1:9/mcp', 'nothing listens at 127.0.0.1:9'],
    ['there is no such name', 'http://no-such-host.invalid/mcp', 'no-such-host.invalid'],
  ])('R58 reports the same error as the daemon when %s', async (_name, url, reason) => {
    const { rig } = await setUp();
    const report = await diagnose(
      { ...rig.server, url },
      { credentials: rig.credentials, clock: systemClock, fetchOptions: {} },
    );
    expect(report.conclusion).toContain(reason);
    expect(report.steps.at(-1)).toMatchObject({ verdict: 'problem', url });
  });

  it('R49 sends a request with the stored token, and says what is wrong with the token', async () => {
    const { run, rig, resourceServer } = await setUp();
    await browse(await rig.signIn.start(rig.server, { mode: 'browser' }));
    expect((await run()).steps.at(-1)).toMatchObject({
      title: 'a request with the stored token',
      verdict: 'ok',
    });
    const stored = await rig.credentials.getTokens(rig.server.id);
    const seconds = Math.round(Date.now() / 1000);
    const claims = { aud: 'https://other.example/mcp', nbf: seconds + 90, exp: seconds + 900 };
    const jwt = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
    await rig.credentials.saveTokens({ ...stored!, accessToken: new Secret(jwt), generation: 2 }, 1);
    const report = await run();
    expect(report.isHealthy).toBe(false);
    expect(report.conclusion).toMatch(
      /HTTP 401, the server refuses the token; the token is meant for https:\/\/other\.example\/mcp, not for http.*; it becomes valid in (89|90|91) s/,
    );
    expect(report.nextStep).toBe('report this step to whoever runs the server');
    expect(JSON.stringify(report)).not.toContain(jwt);
    expect(resourceServer.requests.at(-1)?.authorization).toBe(`Bearer ${jwt}`);
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
