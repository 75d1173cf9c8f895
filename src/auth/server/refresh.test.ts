/**
 * auth/server/refresh.test — what refresh tokens forgive and what they do not, also over a kill of the daemon.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthRig, call, newPkce, TestClient } from '../../../test/support/auth-rig.ts';

let rig: AuthRig;
beforeAll(async () => {
  rig = await AuthRig.start();
});
afterAll(() => rig.close());

const alarms = (): number =>
  rig.told.filter((event) => event.type === 'auth.decided' && event.what === 'refresh_reused').length;

describe('a refresh token', () => {
  it('gives 200 that come at once one and the same successor', async () => {
    const client = await TestClient.register(rig);
    const tokens = await client.signIn();
    const before = alarms();
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => client.refresh(tokens.refresh_token)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1);
    expect(alarms()).toBe(before);
    const next = await client.refresh(String(answers[0]?.body['refresh_token']));
    expect(next.status).toBe(200);
  });

  it('50 of before is good until the successor is used, and harms nobody afterwards', async () => {
    const client = await TestClient.register(rig);
    const first = await client.signIn();
    const second = (await client.refresh(first.refresh_token)).body;
    rig.clock.advance(10_000);
    expect((await client.refresh(first.refresh_token)).body).toEqual(second);
    expect((await call(rig, String(second['access_token']))).status).toBe(200);
    const late = await client.refresh(first.refresh_token);
    expect([late.status, late.body['error']]).toEqual([400, 'invalid_grant']);
    expect((await call(rig, String(second['access_token']))).status).toBe(200);
    expect((await client.refresh(String(second['refresh_token']))).status).toBe(200);
  });

  it('50 of before ends all tokens of its client after a minute', async () => {
    const client = await TestClient.register(rig, { client_name: 'Late' });
    const first = await client.signIn();
    const second = (await client.refresh(first.refresh_token)).body;
    rig.clock.advance(61_000);
    const before = alarms();
    expect((await client.refresh(first.refresh_token)).body['error']).toBe('invalid_grant');
    expect(alarms()).toBe(before + 1);
    expect((await call(rig, String(second['access_token']))).status).toBe(401);
    expect((await client.refresh(String(second['refresh_token']))).body['error']).toBe('invalid_grant');
  });

  it('50 older than the one before ends all tokens of its client at once', async () => {
    const client = await TestClient.register(rig);
    const first = await client.signIn();
    const second = (await client.refresh(first.refresh_token)).body;
    const third = (await client.refresh(String(second['refresh_token']))).body;
    expect((await client.refresh(first.refresh_token)).body['error']).toBe('invalid_grant');
    expect((await call(rig, String(third['access_token']))).status).toBe(401);
  });

  it('is of one client', async () => {
    const [one, two] = [await TestClient.register(rig), await TestClient.register(rig)];
    const tokens = await one.signIn();
    expect((await two.refresh(tokens.refresh_token)).body['error']).toBe('invalid_grant');
    expect((await one.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('9 is not rotated when the resource is wrong', async () => {
    const client = await TestClient.register(rig);
    const tokens = await client.signIn();
    const wrong = await client.refresh(tokens.refresh_token, { resource: 'https://elsewhere.example/' });
    expect(wrong.body['error']).toBe('invalid_target');
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('11 keeps the scope when none is asked for', async () => {
    const client = await TestClient.register(rig);
    const tokens = await client.signIn();
    expect((await client.refresh(tokens.refresh_token)).body['scope']).toBe('mcp');
  });
});

describe('a kill of the daemon', () => {
  it('between two steps costs nothing: registration, code, tokens, families live on', async () => {
    let life = await AuthRig.start();
    const again = async (): Promise<void> => {
      life.clock.advance(1_000);
      life = await life.reborn();
    };
    const registered = await TestClient.register(life, { client_name: 'Survivor' });
    const mine = (): TestClient => new TestClient(life, registered.id);
    await again();
    const pkce = newPkce();
    const code = (await mine().authorize(pkce)).searchParams.get('code') as string;
    await again();
    const first = (await mine().redeem(code, pkce)).body;
    await again();
    expect((await call(life, String(first['access_token']))).status).toBe(200);
    const lost = (await mine().refresh(String(first['refresh_token']))).body;
    await again();
    // Its answer was lost: the client comes with the one before, and what it never saw opens nothing.
    const second = (await mine().refresh(String(first['refresh_token']))).body;
    expect(second['access_token']).toMatch(/^mcpat_/);
    expect((await call(life, String(lost['access_token']))).status).toBe(401);
    expect((await call(life, String(second['access_token']))).status).toBe(200);
    await expect
      .poll(async () =>
        (await life.store.repositories.oauthArtifacts.live('AccessToken', 0)).some(
          ({ usedAt }) => usedAt !== undefined,
        ),
      )
      .toBe(true);
    await again();
    // Its successor is in use: nothing more for the one before, and no alarm either.
    expect((await mine().refresh(String(first['refresh_token']))).body['error']).toBe('invalid_grant');
    const third = (await mine().refresh(String(second['refresh_token']))).body;
    await again();
    expect((await call(life, String(third['access_token']))).status).toBe(200);
    // A code that was used stays used.
    expect((await mine().redeem(code, pkce)).body['error']).toBe('invalid_grant');
    await life.close();
  });
});
