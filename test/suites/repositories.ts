/**
 * test/suites/repositories — what every implementation of the repositories must do, written once.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, newId } from '../../src/base/index.ts';
import type {
  ApprovalRule,
  ApprovalRuleId,
  ClientId,
  DefinitionPin,
  DiscoveredFeatures,
  Feature,
  FeatureId,
  FeatureSetId,
  OAuthArtifact,
  Presentation,
  PrincipalId,
  ServerId,
  SessionId,
  SpaceId,
  StandingApproval,
  StandingApprovalId,
} from '../../src/model/index.ts';
import {
  everything,
  type FeatureSet,
  type Mapping,
  type MappingId,
  type Space,
} from '../../src/model/index.ts';
import { RawJson } from '../../src/protocol/index.ts';
import type { Store } from '../../src/store/index.ts';
import { migrations } from '../../src/store/migrations/list.ts';
import { firstSpace, firstSpaceId, firstStarter } from '../support/first-space.ts';
import type { StoreHarness } from './store-harness.ts';
import {
  accessSecret,
  apiKey,
  client,
  clientSecret,
  envSecret,
  headerSecret,
  httpServer,
  inputSecret,
  plainSecrets,
  refreshSecret,
  registration,
  session,
  stdioServer,
  tokens,
  verdict,
} from './store-samples.ts';

/** @param make a fresh, empty database */
export function repositoriesSuite(name: string, make: () => Promise<StoreHarness>): void {
  describe(`repositories over ${name}`, () => {
    let harness: StoreHarness;
    let store: Store;

    beforeEach(async () => {
      harness = await make();
      store = await harness.open();
    });
    afterEach(() => harness.dispose());

    /** A second opening of the same database: another replica, or the next start. */
    const another = () => harness.open();

    describe('audit', () => {
      const row = (seq: number, what = 'admin.addServer') => ({
        seq,
        at: 1_000 * seq,
        what,
        who: seq % 2 === 0 ? 'browser' : 'command line',
        line: `{"seq":${seq},"text":"Zoë \\u0000"}`,
        hash: `h${seq}`,
      });

      it('adds at the end, reads in both directions, and survives a restart', async () => {
        const { audit } = store.repositories;
        expect(await audit.last()).toEqual({ seq: 0, hash: '' });
        await audit.append(Array.from({ length: 250 }, (_, at) => row(at + 1)));
        await audit.append([row(251, 'door.bad_host')]);
        await store.close();
        const again = (await another()).repositories.audit;
        expect(await again.last()).toEqual({ seq: 251, hash: 'h251' });
        expect(await again.read(249, 10)).toEqual([row(250), row(251, 'door.bad_host')]);
        expect((await again.list({ limit: 2, beforeSeq: 251 })).map(({ seq }) => seq)).toEqual([250, 249]);
        expect((await again.list({ limit: 9, what: 'door' })).map(({ seq }) => seq)).toEqual([251]);
        expect((await again.list({ limit: 1, who: 'browser' })).map(({ seq }) => seq)).toEqual([250]);
      });

      it('takes no number twice, and none of a batch that has one', async () => {
        const { audit } = store.repositories;
        await audit.append([row(1)]);
        await expect(audit.append([row(2), row(1, 'forged')])).rejects.toThrow();
        expect(await audit.read(0, 9)).toEqual([row(1)]);
      });

      it('forgets from the oldest on, and keeps what the rest builds on', async () => {
        const { audit } = store.repositories;
        await audit.append([row(1), row(2), row(3)]);
        expect(await audit.trim(1_000)).toBe(0);
        expect(await audit.trim(2_500)).toBe(2);
        expect([await audit.anchor(), await audit.read(0, 9)]).toEqual([{ seq: 2, hash: 'h2' }, [row(3)]]);
        expect(await audit.trim(9_000)).toBe(1);
        expect(await audit.last()).toEqual({ seq: 3, hash: 'h3' });
      });
    });

    describe('Spaces, sets and mappings', () => {
      const starterOf = (space: Space): FeatureSet => ({
        ...firstStarter,
        id: `starter-${space.id}` as FeatureSetId,
        spaceId: space.id,
        slug: `${space.slug}-starter`,
        createdAt: space.createdAt,
        members: [
          everything,
          { mode: 'exclude', kind: 'rule', hint: 'destructiveHint', value: true, server: 'git' },
        ],
      });
      const work: Space = {
        ...firstSpace,
        id: 'work' as SpaceId,
        slug: 'work',
        name: 'Work',
        icon: '💼',
        position: 1,
        isDefault: false,
        baseFolders: ['/code', 'c:\\code'],
        createdAt: 5,
        updatedAt: 5,
      };
      const mapping: Mapping = {
        id: 'm1' as MappingId,
        kind: 'folder',
        key: `/code/${'x'.repeat(3_000)}`,
        hasChildren: true,
        spaceId: work.id,
        setIds: ['b', 'a'] as unknown as FeatureSetId[],
        createdAt: 1,
        updatedAt: 2,
      };

      it('has one Space with everything in its Starter from the start', async () => {
        const { spaces, featureSets, mappings } = store.repositories;
        expect(await spaces.list()).toEqual([firstSpace]);
        expect(await featureSets.list()).toEqual([firstStarter]);
        expect(await mappings.list()).toEqual([]);
      });

      it('takes a database of before with everything in the default Space', async () => {
        await store.close();
        await harness.dispose();
        harness = await make();
        const before = await harness.open({ migrations: migrations.filter(({ version }) => version < 6) });
        const schema = before.describe().schemaVersion;
        await before.close();
        store = await another();
        expect(schema).toBe(5);
        expect(await store.repositories.spaces.list()).toEqual([firstSpace]);
        expect(await store.repositories.featureSets.list()).toEqual([firstStarter]);
        const server = stdioServer('Files');
        await store.repositories.servers.insert(server);
        expect((await store.repositories.servers.list(firstSpaceId)).map(({ id }) => id)).toEqual([
          server.id,
        ]);
      });

      it('gives back what was stored, after a restart', async () => {
        const { spaces, featureSets, mappings } = store.repositories;
        await spaces.insert(work, starterOf(work));
        await mappings.insert(mapping);
        const set = {
          ...starterOf(work),
          id: 's' as FeatureSetId,
          slug: 's',
          name: 'S',
          isStarter: false,
          createdAt: 6,
        };
        await featureSets.insert(set);
        const changed = { ...set, name: 'T', description: 'd', members: [], revision: 2, updatedAt: 9 };
        await featureSets.update(changed, 1);
        await mappings.update({ ...mapping, setIds: [], updatedAt: 3 });
        await spaces.update({ ...work, name: 'Job', baseFolders: ['/other'] });
        await spaces.reorder([work.id, firstSpaceId]);
        await spaces.setDefault(work.id);
        await store.close();
        const again = (await another()).repositories;
        expect(await again.spaces.list()).toEqual([
          { ...work, name: 'Job', baseFolders: ['/other'], position: 0, isDefault: true },
          { ...firstSpace, position: 1, isDefault: false },
        ]);
        expect(await again.featureSets.list()).toEqual([firstStarter, starterOf(work), changed]);
        expect(await again.mappings.list()).toEqual([{ ...mapping, setIds: [], updatedAt: 3 }]);
      });

      it('refuses what is taken, and a change of what somebody else has changed', async () => {
        const { spaces, featureSets, mappings } = store.repositories;
        await spaces.insert(work, starterOf(work));
        await mappings.insert(mapping);
        const other = { ...work, id: 'other' as SpaceId };
        const conflict = { code: 'store.conflict' };
        await expect(spaces.insert(other, starterOf(other))).rejects.toMatchObject(conflict);
        const renamed = { ...other, name: 'Other', slug: 'other' };
        await expect(spaces.insert(renamed, starterOf(renamed))).rejects.toMatchObject(conflict);
        await expect(mappings.insert({ ...mapping, id: 'm2' as MappingId })).rejects.toMatchObject(conflict);
        const [, starter] = await featureSets.list();
        await expect(
          featureSets.update({ ...(starter as FeatureSet), revision: 9 }, 8),
        ).rejects.toMatchObject(conflict);
        expect((await spaces.list()).map(({ id }) => id)).toEqual([firstSpaceId, work.id]);
      });

      it('leaves nothing of a Space that was deleted, and nothing else goes with it', async () => {
        const { spaces, featureSets, mappings, servers, catalogue, credentials } = store.repositories;
        await spaces.insert(work, starterOf(work));
        await mappings.insert(mapping);
        const here = stdioServer('Files');
        const there = httpServer('Files', { spaceId: work.id });
        await servers.insert(here);
        await servers.insert(there);
        await catalogue.replace(there.id, {
          tools: [RawJson.ofValue({ name: 'x' })],
          prompts: undefined,
          resources: undefined,
          templates: undefined,
        });
        await credentials.saveTokens(tokens(there.id), 0);
        await spaces.delete(work.id);
        expect(await spaces.list()).toEqual([firstSpace]);
        expect(await featureSets.list()).toEqual([firstStarter]);
        expect(await mappings.list()).toEqual([]);
        expect((await servers.list()).map(({ id }) => id)).toEqual([here.id]);
        expect(await catalogue.load()).toEqual([]);
        expect(await credentials.getTokens(there.id)).toBeUndefined();
        // The same name is free again, and finds nothing of what was.
        await spaces.insert(work, starterOf(work));
        expect((await servers.list(work.id)).length).toBe(0);
      });

      it('keeps servers of two Spaces apart, also under one name', async () => {
        const { spaces, servers } = store.repositories;
        await spaces.insert(work, starterOf(work));
        const here = stdioServer('Files');
        const there = stdioServer('Files', { spaceId: work.id });
        await servers.insert(here);
        await servers.insert(there);
        expect((await servers.list(work.id)).map(({ id }) => id)).toEqual([there.id]);
        expect((await servers.list()).length).toBe(2);
        expect((await servers.list(work.id)).map(plainSecrets)).toEqual([plainSecrets(there)]);
      });
    });

    describe('servers', () => {
      it('remembers where a server came from, through a change and a restart', async () => {
        const origin = {
          source: 'built-in',
          definition: 'com.example/files',
          package: {
            kind: 'npm',
            name: 'files',
            version: '1.0.0',
            folder: '/packages/files',
            integrity: 'sha256-x',
          },
        } as const;
        const files = stdioServer('Files 1', { origin });
        await store.repositories.servers.insert(files);
        const moved = {
          ...files,
          revision: 2,
          origin: { source: 'file', file: '/servers.json', fileHash: 'h' },
        };
        expect((await store.repositories.servers.get(files.id))?.origin).toEqual(origin);
        await store.repositories.servers.update(moved, 1);
        await store.close();
        expect((await (await another()).repositories.servers.get(files.id))?.origin).toEqual(moved.origin);
      });

      it('gives back what was stored, secrets included, after a restart', async () => {
        const stdio = stdioServer('Files 1');
        const http = httpServer('GitHub', { createdAt: 1_700_000_000_001, isEnabled: false, limits: {} });
        await store.repositories.servers.insert(stdio);
        await store.repositories.servers.insert(http);
        await store.close();
        const { servers } = (await another()).repositories;
        const listed = await servers.list(firstSpaceId);
        expect(JSON.stringify(listed)).toBe(JSON.stringify([stdio, http]));
        expect(listed.map(plainSecrets)).toEqual([
          { API_TOKEN: envSecret, EMPTY: '', 'input:KEY': inputSecret },
          { Authorization: `Bearer ${headerSecret}` },
        ]);
        expect(plainSecrets(await servers.get(http.id))).toEqual({ Authorization: `Bearer ${headerSecret}` });
        expect(listed[0]?.launch).toHaveProperty('cwd', undefined);
      });

      it('lists oldest first, and one Space only', async () => {
        for (const [at, serverName] of ['c', 'a', 'b'].entries())
          await store.repositories.servers.insert(stdioServer(serverName, { createdAt: at }));
        const names = (await store.repositories.servers.list(firstSpaceId)).map((server) => server.name);
        expect(names).toEqual(['c', 'a', 'b']);
        expect(await store.repositories.servers.list('elsewhere' as SpaceId)).toEqual([]);
        expect(await store.repositories.servers.get('nobody' as ServerId)).toBeUndefined();
      });

      it.each([
        ['the same name', 'GitHub', 'other', /"GitHub".*of that name is there already/],
        ['the same name in other case', 'gitHUB', 'other', /"gitHUB".*of that name is there already/],
        ['the same alias', 'Else', 'github', /server "GitHub" has the alias "github" already/],
      ])('refuses %s', async (_, serverName, alias, message) => {
        await store.repositories.servers.insert(stdioServer('GitHub'));
        await expect(
          store.repositories.servers.insert(stdioServer(serverName, { alias })),
        ).rejects.toMatchObject({ code: 'store.conflict', message: expect.stringMatching(message) });
      });

      it('lets one of two in when both come at once with one name', async () => {
        const other = await another();
        const outcomes = await Promise.allSettled([
          store.repositories.servers.insert(stdioServer('GitHub', { alias: 'one' })),
          other.repositories.servers.insert(stdioServer('github', { alias: 'two' })),
        ]);
        expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
        const refused = outcomes.find((outcome) => outcome.status === 'rejected');
        expect(refused).toMatchObject({ reason: { code: 'store.conflict' } });
      });

      it('refuses a Space that is not there', async () => {
        await expect(
          store.repositories.servers.insert(stdioServer('x', { spaceId: 'nowhere' as SpaceId })),
        ).rejects.toMatchObject({ code: 'store.missing' });
      });

      it('updates at the expected revision, and refuses a writer that is late', async () => {
        const first = stdioServer('Files');
        await store.repositories.servers.insert(first);
        const second = { ...first, isEnabled: false, revision: 2, updatedAt: 5 };
        await store.repositories.servers.update(second, 1);
        expect(await store.repositories.servers.get(first.id)).toMatchObject({
          isEnabled: false,
          revision: 2,
        });
        await expect(store.repositories.servers.update({ ...first, revision: 2 }, 1)).rejects.toMatchObject({
          code: 'store.conflict',
        });
        expect(plainSecrets(await store.repositories.servers.get(first.id))).toEqual({
          API_TOKEN: envSecret,
          EMPTY: '',
          'input:KEY': inputSecret,
        });
      });

      it('lets one of two writers win, over two processes', async () => {
        const first = stdioServer('Files');
        await store.repositories.servers.insert(first);
        const other = await another();
        const outcomes = await Promise.allSettled([
          store.repositories.servers.update({ ...first, revision: 2, name: 'A' }, 1),
          other.repositories.servers.update({ ...first, revision: 2, name: 'B' }, 1),
        ]);
        expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
      });

      it('refuses to update what was removed, and to take the name of another', async () => {
        const first = stdioServer('Files');
        await store.repositories.servers.insert(first);
        await store.repositories.servers.insert(stdioServer('Else'));
        await expect(
          store.repositories.servers.update({ ...first, name: 'ELSE', revision: 2 }, 1),
        ).rejects.toMatchObject({ code: 'store.conflict' });
        await store.repositories.servers.delete(first.id);
        await expect(store.repositories.servers.update({ ...first, revision: 2 }, 1)).rejects.toMatchObject({
          code: 'store.missing',
        });
      });

      it('removes a server with its verdict, tokens, registrations and lease', async () => {
        const server = httpServer('GitHub');
        const { servers, eraVerdicts, credentials } = store.repositories;
        await servers.insert(server);
        await eraVerdicts.save(server.id, verdict());
        await credentials.saveTokens(tokens(server.id), 0);
        await credentials.saveRegistration(registration(server.id));
        await credentials.takeLease(server.id, 'me', 1, 2, 1);
        await servers.delete(server.id);
        await servers.delete(server.id);
        expect(await servers.list(firstSpaceId)).toEqual([]);
        for (const table of ['era_verdicts', 'tokens', 'oauth_registrations', 'refresh_leases'])
          expect(await harness.sql(`select * from ${table}`)).toEqual([]);
      });
    });

    describe('catalogue', () => {
      const tool = (toolName: string, more: JsonObject = {}): JsonObject => ({
        name: toolName,
        inputSchema: { type: 'object' },
        ...more,
      });
      const found = (
        changed: Partial<Record<keyof DiscoveredFeatures, readonly JsonObject[]>>,
      ): DiscoveredFeatures => {
        const items = (list: readonly JsonObject[] | undefined) => list?.map((item) => RawJson.ofValue(item));
        const { tools, prompts, resources, templates } = changed;
        return {
          tools: items(tools),
          prompts: items(prompts),
          resources: items(resources),
          templates: items(templates),
        };
      };
      const plain = (features: readonly Feature[]) =>
        features.map((feature) => ({ ...feature, item: feature.item.toText() }));
      const names = (features: readonly Feature[]) => features.map((feature) => feature.originalName);
      async function install(serverName: string, createdAt = 1): Promise<ServerId> {
        const server = stdioServer(serverName, { createdAt });
        await store.repositories.servers.insert(server);
        return server.id;
      }

      it('keeps items exactly, in the order of servers, kinds and the servers themselves', async () => {
        const late = await install('Late', 2);
        const early = await install('Early', 1);
        const odd: JsonObject = {
          zeta: 1,
          name: 'b',
          alpha: { nul: 'a\u0000b', lone: '\ud800', emoji: '🙂', big: 1e21 },
          _meta: { 'x/y': [null, true] },
        };
        await store.repositories.catalogue.replace(late, found({ tools: [tool('only')] }));
        await store.repositories.catalogue.replace(
          early,
          found({
            tools: [odd, tool('a')],
            prompts: [{ name: 'p' }],
            resources: [{ uri: 'file:///x', name: 'x' }],
            templates: [{ uriTemplate: 'file:///{path}', name: 't' }],
          }),
        );
        await store.close();
        const features = await (await another()).repositories.catalogue.load();
        expect(names(features)).toEqual(['b', 'a', 'p', 'file:///x', 'file:///{path}', 'only']);
        expect(features.map((feature) => feature.serverId)).toEqual([
          early,
          early,
          early,
          early,
          early,
          late,
        ]);
        expect(features[0]?.item.toText()).toBe(JSON.stringify(odd));
        expect(features.every((feature) => feature.isAvailable)).toBe(true);
        expect(features.slice(0, 2).map((feature) => feature.position)).toEqual([0, 1]);
      });

      it('tells what was added, removed and changed', async () => {
        const id = await install('s');
        const { catalogue } = store.repositories;
        await catalogue.replace(id, found({ tools: [tool('a'), tool('b'), tool('c')] }));
        const { features, diff } = await catalogue.replace(
          id,
          found({ tools: [tool('c'), tool('b', { description: 'new' }), tool('d')] }),
        );
        expect(names(features)).toEqual(['c', 'b', 'd']);
        expect(names(diff.added)).toEqual(['d']);
        expect(names(diff.removed)).toEqual(['a']);
        expect(names(diff.changed)).toEqual(['b']);
        expect(diff.removed[0]?.item.parse()).toEqual(tool('a'));
        expect(names(await catalogue.load())).toEqual(['c', 'b', 'd']);
      });

      it('says nothing of a discovery that found the same', async () => {
        const id = await install('s');
        const same = found({ tools: [tool('a')], prompts: [{ name: 'p' }] });
        const first = await store.repositories.catalogue.replace(id, same);
        const second = await store.repositories.catalogue.replace(id, same);
        expect(second.diff).toEqual({ added: [], removed: [], changed: [] });
        expect(plain(second.features)).toEqual(plain(first.features));
      });

      it('keeps the lists that failed, and empties those that are empty', async () => {
        const id = await install('s');
        const { catalogue } = store.repositories;
        await catalogue.replace(id, found({ tools: [tool('a')], prompts: [{ name: 'p' }] }));
        const { features, diff } = await catalogue.replace(id, found({ tools: [] }));
        expect(names(features)).toEqual(['p']);
        expect(names(diff.removed)).toEqual(['a']);
      });

      it('skips items without a name, and takes the first of several with one name', async () => {
        const id = await install('s');
        const { features } = await store.repositories.catalogue.replace(
          id,
          found({
            tools: [
              { title: 'nameless' },
              { name: 7 },
              { name: '' },
              tool('a', { v: 1 }),
              tool('a', { v: 2 }),
            ],
          }),
        );
        expect(features.map((feature) => [feature.originalName, feature.item.read('v')])).toEqual([['a', 1]]);
      });

      it('clears a description that its server gives no more', async () => {
        const id = await install('s');
        const { catalogue } = store.repositories;
        await catalogue.replace(id, found({ tools: [tool('a', { description: 'old', title: 'A' })] }));
        const { features, diff } = await catalogue.replace(id, found({ tools: [tool('a')] }));
        expect(features.map(({ item }) => item.parse())).toEqual([tool('a')]);
        expect(names(diff.changed)).toEqual(['a']);
        expect((await catalogue.load()).map(({ item }) => item.parse())).toEqual([tool('a')]);
      });

      it('R26 keeps a URI with the server that had it first, whatever becomes of that server', async () => {
        const { catalogue, servers } = store.repositories;
        const lists = found({
          tools: [tool('same')],
          resources: [{ uri: 'note:1', name: 'n' }],
          templates: [{ uriTemplate: 'note:{id}', name: 't' }],
        });
        const renamed = (features: readonly Feature[]) =>
          features.filter((feature) => feature.isRenamed === true).map((feature) => feature.originalName);
        const one = await install('One', 1);
        const two = await install('Two', 2);
        expect(renamed((await catalogue.replace(one, lists)).features)).toEqual([]);
        expect(renamed((await catalogue.replace(two, lists)).features)).toEqual(['note:1', 'note:{id}']);
        expect(renamed((await catalogue.replace(one, lists)).features)).toEqual([]);
        expect(renamed(await catalogue.load())).toEqual(['note:1', 'note:{id}']);
        await catalogue.unlist(one);
        await servers.delete(one);
        expect(renamed((await catalogue.replace(two, lists)).features)).toEqual(['note:1', 'note:{id}']);
        const back = await install('one', 3);
        expect(renamed((await catalogue.replace(back, lists)).features)).toEqual([]);
        await store.close();
        const again = (await another()).repositories;
        expect(renamed(await again.catalogue.load())).toEqual(['note:1', 'note:{id}']);
      });

      it('keeps an id while its feature is away', async () => {
        const id = await install('s');
        const { catalogue } = store.repositories;
        const first = await catalogue.replace(id, found({ tools: [tool('a'), tool('b')] }));
        await catalogue.replace(id, found({ tools: [tool('b')] }));
        expect(names(await catalogue.load())).toEqual(['b']);
        const back = await catalogue.replace(id, found({ tools: [tool('b'), tool('a')] }));
        expect(names(back.diff.added)).toEqual(['a']);
        expect(back.features.find((feature) => feature.originalName === 'a')?.id).toBe(first.features[0]?.id);
      });

      it('keeps ids over removal and reinstalling under the same name, in whatever case', async () => {
        const first = await install('GitHub');
        const { catalogue, servers } = store.repositories;
        const before = await catalogue.replace(
          first,
          found({ tools: [tool('a')], prompts: [{ name: 'a' }] }),
        );
        await catalogue.unlist(first);
        await servers.delete(first);
        expect(await catalogue.load()).toEqual([]);
        const second = await install('github');
        expect(await catalogue.load()).toEqual([]);
        const after = await catalogue.replace(
          second,
          found({ tools: [tool('a')], prompts: [{ name: 'a' }] }),
        );
        expect(second).not.toBe(first);
        expect(after.features.map((feature) => feature.id)).toEqual(
          before.features.map((feature) => feature.id),
        );
        expect(after.features.every((feature) => feature.serverId === second)).toBe(true);
        // A late word about the removed server does not touch the one that has its name now.
        await catalogue.unlist(first);
        await catalogue.setAvailability(first, false);
        expect((await catalogue.load()).map((feature) => feature.isAvailable)).toEqual([true, true]);
      });

      it('lets ids go with a server that is renamed', async () => {
        const server = stdioServer('Old');
        const { catalogue, servers } = store.repositories;
        await servers.insert(server);
        const before = await catalogue.replace(server.id, found({ tools: [tool('a')] }));
        const gone = await install('New');
        await catalogue.replace(gone, found({ tools: [tool('a')] }));
        await servers.delete(gone);
        await servers.update({ ...server, name: 'New', alias: 'new', revision: 2 }, 1);
        expect((await catalogue.load()).map((feature) => feature.id)).toEqual([before.features[0]?.id]);
      });

      it('tells equal names of two servers and of two kinds apart', async () => {
        const one = await install('one');
        const two = await install('two');
        const { catalogue } = store.repositories;
        await catalogue.replace(one, found({ tools: [tool('x')], prompts: [{ name: 'x' }] }));
        await catalogue.replace(two, found({ tools: [tool('x')] }));
        expect(new Set((await catalogue.load()).map((feature) => feature.id)).size).toBe(3);
      });

      it('takes names that no table would like', async () => {
        const id = await install('s');
        const oddNames = [
          'nul\u0000nul',
          '\ud800',
          '\ud801',
          '�',
          "'; drop table features; --",
          '%_\\"',
          `file:///${'x'.repeat(10_000)}`,
          '🙂',
          'A',
          'a',
        ];
        const { catalogue } = store.repositories;
        const resources = oddNames.map((uri) => ({ uri, name: 'n' }));
        await catalogue.replace(id, found({ resources }));
        expect(names(await catalogue.load())).toEqual(oddNames);
        expect((await catalogue.replace(id, found({ resources }))).diff).toEqual({
          added: [],
          removed: [],
          changed: [],
        });
      });

      it('marks a server unavailable and available again with its next discovery', async () => {
        const id = await install('s');
        const other = await install('other');
        const { catalogue } = store.repositories;
        await catalogue.replace(id, found({ tools: [tool('a')], prompts: [{ name: 'p' }] }));
        await catalogue.replace(other, found({ tools: [tool('b')] }));
        await catalogue.setAvailability(id, false);
        const availability = async () =>
          Object.fromEntries(
            (await catalogue.load()).map((feature) => [feature.originalName, feature.isAvailable]),
          );
        expect(await availability()).toEqual({ a: false, p: false, b: true });
        const { features } = await catalogue.replace(id, found({ tools: [tool('a')] }));
        expect(features.every((feature) => feature.isAvailable)).toBe(true);
        expect(await availability()).toEqual({ a: true, p: true, b: true });
      });

      it('refuses the discovery of a server that is not there', async () => {
        await expect(
          store.repositories.catalogue.replace('nobody' as ServerId, found({ tools: [] })),
        ).rejects.toMatchObject({ code: 'store.missing' });
      });

      it('takes 3,000 tools at once, lets others have their turn meanwhile, and forgets none', async () => {
        const id = await install('s');
        const many = Array.from({ length: 3_000 }, (_, at) =>
          tool(`tool-${at}`, { description: 'd'.repeat(200) }),
        );
        let turns = 0;
        const ticking = setInterval(() => {
          turns += 1;
        }, 0);
        await store.repositories.catalogue.replace(id, found({ tools: many }));
        clearInterval(ticking);
        expect(turns).toBeGreaterThan(3);
        expect(names(await store.repositories.catalogue.load())).toEqual(many.map((item) => item['name']));
        const { diff } = await store.repositories.catalogue.replace(id, found({ tools: [] }));
        expect(diff.removed).toHaveLength(3_000);
      });

      it('does not mix two discoveries of one server', async () => {
        const id = await install('s');
        const other = await another();
        const lists = [
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'd'],
          ['d', 'a'],
        ];
        await Promise.all(
          lists.map((list, at) =>
            (at % 2 === 0 ? store : other).repositories.catalogue.replace(
              id,
              found({ tools: list.map((toolName) => tool(toolName)) }),
            ),
          ),
        );
        expect(lists).toContainEqual(names(await store.repositories.catalogue.load()));
      });
    });

    describe('era verdicts', () => {
      it('keeps the last one of each server', async () => {
        const server = stdioServer('s');
        const { servers, eraVerdicts } = store.repositories;
        await servers.insert(server);
        expect(await eraVerdicts.get(server.id)).toBeUndefined();
        await eraVerdicts.save(server.id, verdict());
        const newer = verdict({ eras: ['legacy', 'modern'], modernRevision: '2026-07-28', probedAt: 9 });
        await eraVerdicts.save(server.id, newer);
        expect(await eraVerdicts.get(server.id)).toEqual(newer);
        await eraVerdicts.delete(server.id);
        expect(await eraVerdicts.get(server.id)).toBeUndefined();
      });

      it('refuses one of a server that is not there', async () => {
        await expect(
          store.repositories.eraVerdicts.save('nobody' as ServerId, verdict()),
        ).rejects.toMatchObject({ code: 'store.missing' });
      });
    });

    describe('definition pins', () => {
      const pin = (serverId: ServerId, changed: Partial<DefinitionPin> = {}): DefinitionPin => ({
        serverId,
        kind: 'tool',
        name: 'read \u0000 "file" \ud800',
        face: 'primary',
        approved: { hash: 'h', textHash: 't', by: 'first', at: 1_700_000_000_000 },
        rejectedHash: undefined,
        ...changed,
      });
      const definition = RawJson.ofText('{"b":1.0,"a":"\\u0000ü"}');

      it('gives back what was approved, its text exactly, after a restart', async () => {
        const server = stdioServer('s');
        await store.repositories.servers.insert(server);
        const one = pin(server.id);
        const refused = pin(server.id, { name: 'new', approved: undefined, rejectedHash: 'r' });
        await store.repositories.definitionPins.save([
          { pin: one, definition },
          { pin: refused, definition: undefined },
        ]);
        await store.close();
        const { definitionPins } = (await another()).repositories;
        const loaded = await definitionPins.load();
        expect([...loaded].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([refused, one]);
        expect((await definitionPins.definitionOf(one))?.toText()).toBe(definition.toText());
        expect(await definitionPins.definitionOf(refused)).toBeUndefined();
      });

      it('keeps one pin a face, the last, and its text when only the rest changes', async () => {
        const server = stdioServer('s');
        const { servers, definitionPins } = store.repositories;
        await servers.insert(server);
        await definitionPins.save([{ pin: pin(server.id), definition }]);
        await definitionPins.save([
          { pin: pin(server.id, { rejectedHash: 'r' }), definition: undefined },
          { pin: pin(server.id, { face: 'era:modern' }), definition: RawJson.ofText('{}') },
        ]);
        expect(await definitionPins.load()).toHaveLength(2);
        expect((await definitionPins.definitionOf(pin(server.id)))?.toText()).toBe(definition.toText());
        expect((await definitionPins.load()).find(({ face }) => face === 'primary')?.rejectedHash).toBe('r');
      });

      it('writes more than one statement takes, and forgets all of a removed server', async () => {
        const server = stdioServer('s');
        const { servers, definitionPins } = store.repositories;
        await servers.insert(server);
        const many = Array.from({ length: 250 }, (_, at) => ({
          pin: pin(server.id, { name: `t${at}` }),
          definition,
        }));
        await definitionPins.save(many);
        expect(await definitionPins.load()).toHaveLength(250);
        await definitionPins.setPolicy(server.id, 'strict');
        await definitionPins.setPolicy(server.id, 'follow');
        expect(await definitionPins.policies()).toEqual(new Map([[server.id, 'follow']]));
        await servers.delete(server.id);
        expect(await definitionPins.load()).toEqual([]);
        expect(await definitionPins.policies()).toEqual(new Map());
      });
    });

    describe('approvals', () => {
      const rule = (id: string, subject: ApprovalRule['subject']): ApprovalRule => ({
        id: id as ApprovalRuleId,
        spaceId: firstSpaceId,
        subject,
        createdAt: 1_700_000_000_000,
      });
      const standing = (id: string, changed: Partial<StandingApproval> = {}): StandingApproval => ({
        id: id as StandingApprovalId,
        spaceId: firstSpaceId,
        principalId: 'client:c1' as PrincipalId,
        clientName: 'Claude "Code"',
        toolName: 'git_delete',
        featureId: 'f1' as FeatureId,
        definitionHash: 'h',
        createdAt: 1_700_000_000_000,
        ...changed,
      });

      it('gives back rules and what was allowed for good, after a restart', async () => {
        const { approvals } = store.repositories;
        const rules = [
          rule('a', { kind: 'server', serverId: 's1' as ServerId }),
          rule('b', { kind: 'pattern', pattern: '*_delete_*' }),
          rule('c', { kind: 'nature', nature: 'writes' }),
        ];
        for (const one of rules) await approvals.insertRule(one);
        await approvals.saveStanding(standing('x'));
        await store.close();
        const again = (await another()).repositories.approvals;
        expect(await again.load()).toEqual({ rules, standing: [standing('x')] });
        await again.deleteRule(rules[1]!.id);
        await again.deleteStanding('x' as StandingApprovalId);
        expect(await again.load()).toEqual({ rules: [rules[0], rules[2]], standing: [] });
      });

      it('keeps one approval a client and tool, the last', async () => {
        const { approvals } = store.repositories;
        await approvals.saveStanding(standing('x'));
        await approvals.saveStanding(standing('y', { definitionHash: 'h2' }));
        await approvals.saveStanding(standing('z', { principalId: 'client:c2' as PrincipalId }));
        expect((await approvals.load()).standing.map(({ id }) => id)).toEqual(['y', 'z']);
      });
    });

    describe('presentations', () => {
      const looks = (changed: Partial<Presentation> = {}): Presentation => ({
        spaceId: firstSpaceId,
        setId: undefined,
        featureId: 'f1' as FeatureId,
        patch: {
          name: 'mine',
          arguments: { owner: { pinned: 'ü"' }, n: { pinned: null }, __proto: { isHidden: true } },
        },
        base: { description: 'h', arguments: { owner: null } },
        updatedAt: 1_700_000_000_000,
        ...changed,
      });

      it('gives back one a tool and set, the last, after a restart', async () => {
        const { presentations } = store.repositories;
        const ofSet = looks({ setId: 'set' as FeatureSetId, patch: { title: 'T' }, base: {} });
        await presentations.save(looks({ patch: { name: 'before' } }));
        await presentations.save(looks());
        await presentations.save(ofSet);
        await store.close();
        const again = (await another()).repositories.presentations;
        const byTitle = (list: readonly Presentation[]) =>
          [...list].sort((a) => (a.setId === undefined ? -1 : 1));
        expect(byTitle(await again.list())).toEqual([looks(), ofSet]);
        await again.delete(looks());
        expect(await again.list()).toEqual([ofSet]);
      });
    });

    describe('sessions', () => {
      it('gives back what was stored, after a restart', async () => {
        const one = session();
        const bare = session({
          clientInfoText: undefined,
          logLevel: 'warning',
          subscriptions: ['file:///a', 'x://\u0000'],
        });
        await store.repositories.sessions.insert(one);
        await store.repositories.sessions.insert(bare);
        await store.close();
        const { sessions } = (await another()).repositories;
        expect(await sessions.get(one.id)).toEqual(one);
        expect(await sessions.get(bare.id)).toEqual(bare);
        expect(await sessions.get('nobody' as SessionId)).toBeUndefined();
        expect(await sessions.count()).toBe(2);
      });

      it('updates one, and refuses to update what was removed', async () => {
        const one = session();
        const { sessions } = store.repositories;
        await sessions.insert(one);
        const changed = { ...one, subscriptions: ['a'], logLevel: 'debug', lastUsedAt: 5_000 };
        await sessions.update(changed);
        expect(await sessions.get(one.id)).toEqual(changed);
        await sessions.delete(one.id);
        await expect(sessions.update(changed)).rejects.toMatchObject({ code: 'store.missing' });
      });

      it('refuses a second one with the same id', async () => {
        const one = session();
        await store.repositories.sessions.insert(one);
        await expect(store.repositories.sessions.insert(one)).rejects.toMatchObject({
          code: 'store.conflict',
        });
      });

      it('moves last-used times forward only, many at once', async () => {
        const { sessions } = store.repositories;
        const [a, b] = [session(), session({ lastUsedAt: 9_000 })];
        await sessions.insert(a);
        await sessions.insert(b);
        await sessions.touch([
          { id: a.id, lastUsedAt: 3_000 },
          { id: b.id, lastUsedAt: 3_000 },
          { id: newId<SessionId>(), lastUsedAt: 3_000 },
        ]);
        await sessions.touch([]);
        expect((await sessions.get(a.id))?.lastUsedAt).toBe(3_000);
        expect((await sessions.get(b.id))?.lastUsedAt).toBe(9_000);
      });

      it('removes those that were not used for long, and says which', async () => {
        const { sessions } = store.repositories;
        const [old, edge, fresh] = [1, 2, 3].map((at) => session({ lastUsedAt: at }));
        for (const one of [old, edge, fresh]) await sessions.insert(one!);
        expect(await sessions.deleteUnusedSince(2)).toEqual([old?.id]);
        expect(await sessions.deleteUnusedSince(2)).toEqual([]);
        expect(await sessions.count()).toBe(2);
      });
    });

    describe('API keys', () => {
      it('finds a key by its hash, after a restart', async () => {
        const key = apiKey('laptop');
        await store.repositories.apiKeys.insert(key);
        await store.close();
        const { apiKeys } = (await another()).repositories;
        expect(await apiKeys.findByHash(key.hash)).toEqual(key);
        expect(await apiKeys.findByHash('0'.repeat(64))).toBeUndefined();
        expect(await apiKeys.list()).toEqual([key]);
      });

      it('refuses a second live key of one name, and allows it after the first was revoked', async () => {
        const { apiKeys } = store.repositories;
        const first = apiKey('laptop');
        await apiKeys.insert(first);
        await expect(apiKeys.insert(apiKey('laptop'))).rejects.toMatchObject({
          code: 'store.conflict',
          message: expect.stringContaining('"laptop"'),
        });
        expect(await apiKeys.revoke(first.id, 7)).toBe(true);
        expect(await apiKeys.revoke(first.id, 8)).toBe(false);
        expect(await apiKeys.revoke(apiKey('x').id, 8)).toBe(false);
        await apiKeys.insert(apiKey('laptop', { createdAt: 2_000 }));
        expect((await apiKeys.list()).map((key) => key.revokedAt)).toEqual([7, undefined]);
      });

      it('moves last-used times forward only', async () => {
        const key = apiKey('laptop');
        const { apiKeys } = store.repositories;
        await apiKeys.insert(key);
        await apiKeys.touch([{ id: key.id, lastUsedAt: 5 }]);
        await apiKeys.touch([{ id: key.id, lastUsedAt: 4 }]);
        await apiKeys.touch([]);
        expect((await apiKeys.findByHash(key.hash))?.lastUsedAt).toBe(5);
      });
    });

    describe('clients', () => {
      const listed = async (from: Store = store) =>
        (await from.repositories.clients.list()).filter(({ kind }) => kind !== 'anonymous');
      const narrow = { spaceId: 'work' as SpaceId, featureSetIds: ['s1', 's2'] as FeatureSetId[] };

      it('gives back what was stored, after a restart', async () => {
        const whole = client('Cursor', {
          kind: 'cimd',
          alias: 'Büro "1"',
          limits: narrow,
          expiresAt: 1_900_000_000_000,
          oauthClientId: 'https://cursor.com/client.json',
          lastSeenAt: 1_700_000_000_000,
          introduction: {
            appName: 'Cursor',
            appVersion: undefined,
            era: 'legacy',
            revision: '2025-06-18',
            capabilitiesText: '{"roots":{}}',
          },
        });
        const bare = client('bare', { createdAt: 2_000 });
        await store.repositories.clients.insert(whole);
        await store.repositories.clients.insert(bare);
        await store.close();
        expect(JSON.stringify(await listed(await another()))).toBe(JSON.stringify([whole, bare]));
      });

      it('stores a key and its new client together, or neither', async () => {
        const { apiKeys } = store.repositories;
        const [first, second] = [client('one'), client('two')];
        await apiKeys.insert(apiKey('laptop', { clientId: first.id }), first);
        await expect(apiKeys.insert(apiKey('laptop', { clientId: second.id }), second)).rejects.toMatchObject(
          {
            code: 'store.conflict',
          },
        );
        expect((await listed()).map(({ name }) => name)).toEqual(['one']);
      });

      it('writes what the person decides, and ends the keys of a revoked client with it', async () => {
        const { clients, apiKeys } = store.repositories;
        const one = client('one');
        const key = apiKey('a', {
          clientId: one.id,
          sourceRanges: ['10.0.0.0/8'],
          expiresAt: 9,
          limits: narrow,
        });
        await apiKeys.insert(key, one);
        expect(await apiKeys.list()).toEqual([key]);
        await clients.update({
          ...one,
          alias: 'x',
          status: 'paused',
          statusAt: 3,
          limits: narrow,
          expiresAt: 7,
        });
        expect((await listed())[0]).toMatchObject({
          alias: 'x',
          status: 'paused',
          limits: narrow,
          expiresAt: 7,
        });
        expect((await apiKeys.list())[0]?.revokedAt).toBeUndefined();
        await clients.update({ ...one, status: 'revoked', statusAt: 5 });
        expect((await listed())[0]).toMatchObject({ status: 'revoked', statusAt: 5 });
        expect((await apiKeys.list())[0]?.revokedAt).toBe(5);
        await expect(clients.update(client('nobody'))).rejects.toMatchObject({ code: 'store.missing' });
      });

      it('notes when clients were seen, forward only, and keeps an introduction that is not new', async () => {
        const { clients } = store.repositories;
        const one = client('one');
        const introduction = {
          appName: 'a',
          appVersion: '1',
          era: 'modern',
          revision: '2026-07-28',
          capabilitiesText: undefined,
        } as const;
        await clients.insert(one);
        await clients.touch([{ id: one.id, lastSeenAt: 5, introduction }]);
        await clients.touch([{ id: one.id, lastSeenAt: 6, introduction: undefined }]);
        await clients.touch([
          { id: one.id, lastSeenAt: 4, introduction: { ...introduction, appName: 'old' } },
        ]);
        expect((await listed())[0]).toMatchObject({ lastSeenAt: 6, introduction: { appName: 'a' } });
      });

      it('makes a client of each key that was there before there were clients, and its sessions stay', async () => {
        await harness.dispose();
        harness = await make();
        const before = await harness.open({ migrations: migrations.filter(({ version }) => version < 5) });
        const insertKey = (id: string, revokedAt: string) =>
          harness.sql(
            `insert into api_keys (id, name, shown_prefix, hash, created_at, last_used_at, revoked_at)
             values ('${id}', 'name ${id}', 'mcpk_x', 'hash-${id}', 10, 20, ${revokedAt})`,
          );
        await insertKey('k1', 'null');
        await insertKey('k2', '30');
        for (const [id, principal] of [
          ['s1', 'key:k1'],
          ['s2', 'anonymous'],
        ])
          await harness.sql(
            `insert into sessions (id, principal_id, route_path, revision, capabilities, subscriptions, created_at, last_used_at)
             values ('${id}', '${principal}', '/mcp', '2025-06-18', '{}', '[]', 1, 1)`,
          );
        await before.close();
        store = await harness.open();
        expect(await listed()).toEqual([
          client('name k1', { id: 'k1' as ClientId, createdAt: 10, statusAt: 10, lastSeenAt: 20 }),
          client('name k2', {
            id: 'k2' as ClientId,
            createdAt: 10,
            status: 'revoked',
            statusAt: 30,
            lastSeenAt: 20,
          }),
        ]);
        expect((await store.repositories.apiKeys.list()).map(({ id, clientId }) => [id, clientId])).toEqual([
          ['k1', 'k1'],
          ['k2', 'k2'],
        ]);
        const { sessions } = store.repositories;
        expect((await sessions.get('s1' as SessionId))?.principalId).toBe('client:k1');
        expect((await sessions.get('s2' as SessionId))?.principalId).toBe('client:anonymous');
      });
    });

    describe('artifacts of the authorization server', () => {
      const grantId = 'g1' as ClientId;
      const artifact = (hash: string, changed: Partial<OAuthArtifact> = {}): OAuthArtifact => ({
        kind: 'RefreshToken',
        hash,
        grantId,
        userCode: undefined,
        payload: '{"scope":"mcp","x":["ü"]}',
        createdAt: 1_700_000_000_000,
        expiresAt: 1_700_000_100_000,
        consumedAt: undefined,
        usedAt: undefined,
        ...changed,
      });

      it('gives back what was stored, after a restart, by hash, grant and user code', async () => {
        const { oauthArtifacts } = store.repositories;
        const token = artifact('h1');
        const device = artifact('h1', { kind: 'DeviceCode', grantId: undefined, userCode: 'BCDFGHJK' });
        await oauthArtifacts.save(token);
        await oauthArtifacts.save(device);
        await store.close();
        const again = (await another()).repositories.oauthArtifacts;
        expect(await again.find('RefreshToken', 'h1')).toEqual(token);
        expect(await again.find('AccessToken', 'h1')).toBeUndefined();
        expect(await again.findByUserCode('BCDFGHJK')).toEqual(device);
        expect(await again.ofGrant('RefreshToken', grantId)).toEqual([token]);
        expect(await again.live('RefreshToken', 1_700_000_099_999)).toEqual([token]);
        expect(await again.live('RefreshToken', 1_700_000_100_000)).toEqual([]);
      });

      it('is consumed by one of two that come at once, and can be brought back', async () => {
        const other = (await another()).repositories.oauthArtifacts;
        const { oauthArtifacts } = store.repositories;
        await oauthArtifacts.save(artifact('h1'));
        const won = await Promise.all([
          oauthArtifacts.consume('RefreshToken', 'h1', 5),
          other.consume('RefreshToken', 'h1', 6),
        ]);
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await oauthArtifacts.consume('RefreshToken', 'nobody', 5)).toBe(false);
        await oauthArtifacts.save(artifact('h1', { payload: '{}' }));
        expect((await oauthArtifacts.find('RefreshToken', 'h1'))?.consumedAt).toBeDefined();
        await oauthArtifacts.restore('RefreshToken', 'h1');
        expect((await oauthArtifacts.find('RefreshToken', 'h1'))?.consumedAt).toBeUndefined();
      });

      it('keeps when it was first used', async () => {
        const { oauthArtifacts } = store.repositories;
        await oauthArtifacts.save(artifact('h1'));
        await oauthArtifacts.markUsed('RefreshToken', 'h1', 7);
        await oauthArtifacts.markUsed('RefreshToken', 'h1', 8);
        expect((await oauthArtifacts.find('RefreshToken', 'h1'))?.usedAt).toBe(7);
      });

      it('goes with its grant, or when its time is over', async () => {
        const { oauthArtifacts } = store.repositories;
        await oauthArtifacts.save(artifact('a'));
        await oauthArtifacts.save(artifact('a', { kind: 'Grant', expiresAt: undefined }));
        await oauthArtifacts.save(artifact('b', { grantId: 'g2' as ClientId, expiresAt: 9 }));
        await oauthArtifacts.deleteOfGrant(grantId);
        expect(await oauthArtifacts.find('RefreshToken', 'a')).toBeUndefined();
        expect(await oauthArtifacts.find('Grant', 'a')).toBeDefined();
        expect(await oauthArtifacts.deleteExpired(10)).toBe(1);
        await oauthArtifacts.delete('Grant', 'a');
        expect(await oauthArtifacts.live('Grant', 0)).toEqual([]);
      });
    });

    describe('settings', () => {
      it('keeps the last value of each key', async () => {
        const { settings } = store.repositories;
        expect(await settings.get('a')).toBeUndefined();
        await settings.set('a', 'one');
        await settings.set('a', 'two\n"ü"');
        await settings.set('b', '');
        expect(await settings.get('a')).toBe('two\n"ü"');
        expect(await settings.get('b')).toBe('');
        await settings.delete('a');
        await settings.delete('a');
        expect(await settings.get('a')).toBeUndefined();
      });
    });

    describe('credentials', () => {
      let id: ServerId;
      beforeEach(async () => {
        const server = httpServer('GitHub');
        id = server.id;
        await store.repositories.servers.insert(server);
      });

      it('gives back tokens, after a restart', async () => {
        expect(await store.repositories.credentials.getTokens(id)).toBeUndefined();
        expect(await store.repositories.credentials.saveTokens(tokens(id), 0)).toBe(true);
        await store.close();
        const stored = await (await another()).repositories.credentials.getTokens(id);
        expect(JSON.stringify(stored)).toBe(JSON.stringify(tokens(id)));
        expect(stored?.accessToken.reveal()).toBe(accessSecret);
        expect(stored?.refreshToken?.reveal()).toBe(refreshSecret);
      });

      it('gives back tokens that have little', async () => {
        const bare = tokens(id, { refreshToken: undefined, scope: undefined, expiresAt: undefined });
        await store.repositories.credentials.saveTokens(bare, 0);
        expect(await store.repositories.credentials.getTokens(id)).toEqual(bare);
      });

      it('writes tokens only over the expected generation', async () => {
        const { credentials } = store.repositories;
        expect(await credentials.saveTokens(tokens(id, { generation: 2 }), 1)).toBe(false);
        expect(await credentials.saveTokens(tokens(id), 0)).toBe(true);
        expect(await credentials.saveTokens(tokens(id), 0)).toBe(false);
        expect(await credentials.saveTokens(tokens(id, { generation: 2 }), 1)).toBe(true);
        expect(await credentials.saveTokens(tokens(id, { generation: 2 }), 1)).toBe(false);
        expect((await credentials.getTokens(id))?.generation).toBe(2);
      });

      it('lets exactly one of many win a generation, over three processes', async () => {
        const stores = [store, await another(), await another()];
        for (let generation = 0; generation < 10; generation += 1) {
          const won = await Promise.all(
            Array.from({ length: 9 }, (_, at) =>
              stores[at % 3]!.repositories.credentials.saveTokens(
                tokens(id, { generation: generation + 1 }),
                generation,
              ),
            ),
          );
          expect(won.filter(Boolean)).toHaveLength(1);
        }
      });

      it('keeps the registration over logout', async () => {
        const { credentials } = store.repositories;
        await credentials.saveTokens(tokens(id), 0);
        await credentials.saveRegistration(registration(id));
        await credentials.clearTokens(id);
        expect(await credentials.getTokens(id)).toBeUndefined();
        const kept = await credentials.getRegistration(id);
        expect(JSON.stringify(kept)).toBe(JSON.stringify(registration(id)));
        expect(kept?.clientSecret?.reveal()).toBe(clientSecret);
      });

      it('R87 never gives a generation twice, whatever is deleted in between', async () => {
        const { credentials } = store.repositories;
        expect(await credentials.lastGeneration(id)).toBe(0);
        await credentials.saveTokens(tokens(id), 0);
        await credentials.saveTokens(tokens(id, { generation: 2 }), 1);
        await credentials.clearTokens(id);
        // Over a restart too, and a logout of somebody who is not signed in forgets nothing.
        const { credentials: elsewhere } = (await another()).repositories;
        await elsewhere.clearTokens(id);
        expect(await elsewhere.lastGeneration(id)).toBe(2);
        for (const generation of [1, 2])
          expect(await credentials.saveTokens(tokens(id, { generation }), 0)).toBe(false);
        expect(await credentials.saveTokens(tokens(id, { generation: 3 }), 0)).toBe(true);
        // Renewed before the logout, stored after it.
        for (const expected of [1, 2])
          expect(await credentials.saveTokens(tokens(id, { generation: expected + 1 }), expected)).toBe(
            false,
          );
        expect((await credentials.getTokens(id))?.generation).toBe(3);
        expect(await credentials.lastGeneration(id)).toBe(3);
      });

      it('keeps a registration an issuer, and gives the newest when no issuer is named', async () => {
        const { credentials } = store.repositories;
        const first = registration(id, { updatedAt: 1 });
        const second = registration(id, {
          issuer: `https://other.example.com/${'x'.repeat(5_000)}`,
          clientId: 'client-2',
          clientSecret: undefined,
          redirectUri: undefined,
          source: 'pre-registered',
          updatedAt: 2,
        });
        await credentials.saveRegistration(first);
        await credentials.saveRegistration(second);
        expect(await credentials.getRegistration(id)).toEqual(second);
        expect((await credentials.getRegistration(id, first.issuer))?.clientId).toBe('client-1');
        await credentials.saveRegistration({ ...first, clientId: 'client-3', updatedAt: 3, createdAt: 77 });
        expect(await credentials.getRegistration(id)).toMatchObject({
          clientId: 'client-3',
          createdAt: 1_000,
        });
        await credentials.deleteRegistration(id, first.issuer);
        expect(await credentials.getRegistration(id, first.issuer)).toBeUndefined();
        await credentials.deleteRegistration(id);
        expect(await credentials.getRegistration(id)).toBeUndefined();
      });

      it('refuses credentials of a server that is not there', async () => {
        const nobody = 'nobody' as ServerId;
        const { credentials } = store.repositories;
        await expect(credentials.saveTokens(tokens(nobody), 0)).rejects.toMatchObject({
          code: 'store.missing',
        });
        await expect(credentials.saveRegistration(registration(nobody))).rejects.toMatchObject({
          code: 'store.missing',
        });
        await expect(credentials.takeLease(nobody, 'me', 1, 2, 1)).rejects.toMatchObject({
          code: 'store.missing',
        });
      });

      it('gives a lease to one holder until it expires or is released', async () => {
        const { credentials } = store.repositories;
        expect(await credentials.takeLease(id, 'a', 1, 1_000, 0)).toEqual({
          serverId: id,
          holder: 'a',
          generation: 1,
          expiresAt: 1_000,
        });
        expect(await credentials.takeLease(id, 'b', 1, 1_500, 999)).toBeUndefined();
        expect(await credentials.takeLease(id, 'a', 1, 2_000, 999)).toMatchObject({
          holder: 'a',
          expiresAt: 2_000,
        });
        await credentials.releaseLease(id, 'b');
        expect(await credentials.takeLease(id, 'b', 1, 3_000, 1_999)).toBeUndefined();
        expect(await credentials.takeLease(id, 'b', 2, 3_000, 2_000)).toMatchObject({
          holder: 'b',
          generation: 2,
        });
        await credentials.releaseLease(id, 'b');
        expect(await credentials.takeLease(id, 'c', 2, 9_000, 2_001)).toMatchObject({ holder: 'c' });
      });

      it('gives a lease to exactly one of many who ask at once, over three processes', async () => {
        const stores = [store, await another(), await another()];
        for (let round = 0; round < 10; round += 1) {
          const leases = await Promise.all(
            Array.from({ length: 9 }, (_, at) =>
              stores[at % 3]!.repositories.credentials.takeLease(id, `${round}-${at}`, 1, round + 1, round),
            ),
          );
          expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
        }
      });
    });

    describe('as a whole', () => {
      it('is closed twice without harm, and says so when it is used afterwards', async () => {
        await store.close();
        await store.close();
        await expect(store.repositories.settings.get('a')).rejects.toMatchObject({ code: 'store.closed' });
        await expect(store.repositories.settings.set('a', 'b')).rejects.toMatchObject({
          code: 'store.closed',
        });
      });

      it('can be opened by several processes at once for the first time', async () => {
        const fresh = await make();
        try {
          const stores = await Promise.all(Array.from({ length: 4 }, () => fresh.open()));
          expect(new Set(stores.map((one) => one.describe().keyId)).size).toBe(1);
          expect(stores.map((one) => one.describe().isLocked)).toEqual([false, false, false, false]);
          await Promise.all(stores.map((one, at) => one.repositories.servers.insert(httpServer(`s${at}`))));
          const listed = await stores[0]!.repositories.servers.list(firstSpaceId);
          expect(listed.map(plainSecrets)).toEqual(
            Array.from({ length: 4 }, () => ({ Authorization: `Bearer ${headerSecret}` })),
          );
        } finally {
          await fresh.dispose();
        }
      });

      it('finishes what is being written before it closes', async () => {
        const writing = store.repositories.servers.insert(stdioServer('s'));
        await store.close();
        const outcome = await writing.then(
          () => 'stored',
          (error: { code: string }) => error.code,
        );
        const listed = await (await another()).repositories.servers.list(firstSpaceId);
        expect([outcome, listed.length]).toSatisfy(
          ([what, count]: [string, number]) =>
            (what === 'stored' && count === 1) || (what === 'store.closed' && count === 0),
        );
      });
    });
  });
}
