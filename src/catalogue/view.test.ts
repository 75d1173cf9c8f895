/**
 * catalogue/view.test — what a view lists and where each name leads.
 */
import { describe, expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import type { JsonObject } from '../base/index.ts';
import type { Feature, FeatureId, FeatureKind, ServerId } from '../model/index.ts';
import { decodeResourceUri, encodeResourceUri, matchesTemplate } from './resource-uris.ts';
import { SpaceNames } from './space-names.ts';
import { View, type ViewServer } from './view.ts';

function server(alias: string, items: readonly [FeatureKind, string, JsonObject?, boolean?][]): ViewServer {
  const id = `id-${alias}` as ServerId;
  const nameKey = { tool: 'name', prompt: 'name', resource: 'uri', template: 'uriTemplate' } as const;
  return {
    id,
    name: alias.toUpperCase(),
    alias,
    features: items.map(
      ([kind, originalName, item, isAvailable], position): Feature => ({
        id: `${alias}-${position}` as FeatureId,
        serverId: id,
        kind,
        originalName,
        item: raw({ [nameKey[kind]]: originalName, ...item }),
        position,
        isAvailable: isAvailable ?? true,
      }),
    ),
  };
}

const names = (view: View, kind: FeatureKind): string[] =>
  [...view.list(kind)].map((target) => target.shownName);

describe('View', () => {
  it('lists tools under qualified names, in the order of servers, and nothing else of them changed', () => {
    const view = new View(
      [
        server('one', [
          ['tool', 'b', { vendor: { x: 1 } }],
          ['tool', 'a'],
        ]),
        server('two', [['tool', 'b']]),
      ],
      false,
    );
    expect(names(view, 'tool')).toEqual(['one_b', 'one_a', 'two_b']);
    expect(view.tools.get('one_b')?.item.parse()).toEqual({ name: 'one_b', vendor: { x: 1 } });
    expect(view.tools.get('two_b')).toMatchObject({ serverId: 'id-two', originalName: 'b' });
  });

  it("shows one server alone under the server's own names", () => {
    const view = new View(
      [
        server('one', [
          ['tool', 'weird.name'],
          ['prompt', 'p'],
        ]),
      ],
      true,
    );
    expect([names(view, 'tool'), names(view, 'prompt')]).toEqual([['weird.name'], ['p']]);
  });

  it('does not list what is away, but knows where its name leads', () => {
    const view = new View(
      [
        server('one', [
          ['tool', 'a', {}, false],
          ['tool', 'b'],
        ]),
      ],
      false,
    );
    expect(names(view, 'tool')).toEqual(['one_b']);
    expect(view.tools.get('one_a')).toMatchObject({ originalName: 'a', isAvailable: false });
  });

  it('keeps both of two equal URIs readable', () => {
    const view = new View(
      [server('one', [['resource', 'file:///x']]), server('two', [['resource', 'file:///x']])],
      false,
    );
    expect(names(view, 'resource')).toEqual(['file:///x', 'mux-two+file:///x']);
    expect(view.findResource('file:///x')).toMatchObject({
      server: { alias: 'one' },
      originalUri: 'file:///x',
    });
    expect(view.findResource('mux-two+file:///x')).toMatchObject({
      server: { alias: 'two' },
      originalUri: 'file:///x',
    });
    expect([
      view.shownUri('id-two' as ServerId, 'file:///x'),
      view.shownUri('id-one' as ServerId, 'file:///x'),
    ]).toEqual(['mux-two+file:///x', 'file:///x']);
  });

  it.each([
    ['by a template', 'demo://item/7', 'two'],
    ['by its own scheme, when it lists none such', 'notes://home/other', undefined],
    ['by the rewritten form of what it lists', 'mux-one+notes://home/a', 'one'],
    ['by the rewritten form of what its template covers', 'mux-two+demo://item/8', 'two'],
    ['by the rewritten form of what it does not offer', 'mux-two+any:thing', undefined],
    ['by nothing', 'unknown:thing', undefined],
    ['as the only one with resources', 'notes://elsewhere', undefined],
  ])('R27 finds whose a URI is %s', (_, uri, alias) => {
    const view = new View(
      [server('one', [['resource', 'notes://home/a']]), server('two', [['template', 'demo://item/{id}']])],
      false,
    );
    expect(view.findResource(uri)?.server.alias).toBe(alias);
    const alone = new View([server('one', [['resource', 'notes://home/a']])], false);
    if (alias === undefined) expect(alone.findResource(uri)).toBeUndefined();
  });

  it('R26 shows a URI that was given to another server in a form of its own, whoever is here', () => {
    const renamed = (alias: string): ViewServer => {
      const made = server(alias, [
        ['resource', 'file:///x'],
        ['template', 'file:///{+path}'],
      ]);
      return { ...made, features: made.features.map((feature) => ({ ...feature, isRenamed: true })) };
    };
    const one = server('one', [['resource', 'file:///x']]);
    for (const servers of [
      [renamed('two')],
      [renamed('two'), one],
      [one, renamed('two'), renamed('three')],
    ]) {
      const view = new View(servers, false);
      expect(names(view, 'resource')).toContain('mux-two+file:///x');
      expect(view.findResource('mux-two+file:///x')).toMatchObject({ originalUri: 'file:///x' });
      expect(view.findResource('mux-two+file:///y')?.server.alias).toBe('two');
      expect(view.findResource('file:///x')?.server.alias).toBe(servers.includes(one) ? 'one' : undefined);
      expect(view.hasRewritten('id-two' as ServerId)).toBe(true);
    }
    expect(names(new View([renamed('two')], true), 'resource')).toEqual(['file:///x']);
  });

  it('R26 gives names over all servers of the Space, also those that are not in the view', () => {
    const first = server('a', [['tool', 'b_c']]);
    const second = server('a_b', [['tool', 'c']]);
    const alone = new View([second], false);
    const beside = new View([second], false, new SpaceNames([first, second]));
    const both = new View([first, second], false);
    const shown = [...both.tools.values()].find((target) => target.alias === 'a_b')?.shownName;
    expect(names(alone, 'tool')).toEqual(['a_b_c']);
    expect(names(beside, 'tool')).toEqual([shown]);
    expect(shown).not.toBe('a_b_c');
  });

  it('opens what is not granted by no template that is, and leaves nothing to a server that is granted in part', () => {
    const whole = server('one', [
      ['resource', 'notes://secret'],
      ['resource', 'notes://open'],
      ['template', 'notes://{name}'],
    ]);
    const part = { ...whole, features: whole.features.slice(1), isWhole: false };
    for (const usesOriginalNames of [false, true]) {
      const view = new View([part], usesOriginalNames, new SpaceNames([whole]));
      expect(view.findResource('notes://secret')).toBeUndefined();
      expect(view.findResource('notes://open')).toBeDefined();
      expect(view.findResource('notes://other')).toBeDefined();
      expect(view.findResource('else://x')).toBeUndefined();
      expect(view.findResource('mux-one+notes://secret')).toBeUndefined();
    }
  });

  it('R27 leaves what is not listed to the server on its own URL', () => {
    const view = new View([server('one', [['resource', 'notes://home/a']])], true);
    expect(view.findResource('notes://home/other')?.server.alias).toBe('one');
  });

  it.each([
    ['note://{id*}', 'note://a'],
    ['note://{id*}', 'note://a,b'],
    ['note://{path*}', 'note://a/b/c'],
    ['note://{id:3}', 'note://abc'],
    ['note://x{.ext*}', 'note://x.tar.gz'],
    ['note://x{;p*}', 'note://x;a=1;b=2'],
    ['note://x{/seg*}', 'note://x/a/b'],
    ['note://x{?q*}', 'note://x?a=1&b=2'],
    ['note://x?fixed=1{&q*}', 'note://x?fixed=1&a=1'],
    ['note://{+any*}{#frag}', 'note://a/b?c#d'],
  ])('R28 finds whose template %s covers %s', (template, uri) => {
    const view = new View(
      [server('other', [['template', 'else://{a}']]), server('one', [['template', template]])],
      false,
    );
    expect(view.findResource(uri)).toMatchObject({ server: { alias: 'one' }, originalUri: uri });
  });
});

it('finds nobody for a URI that is longer than any real one, unless it is listed', () => {
  const long = `data:${'x'.repeat(9_000)}`;
  const view = new View([server('one', [['resource', long]])], false);
  expect([view.findResource(long)?.server.alias, view.findResource(`${long}y`)]).toEqual(['one', undefined]);
});

describe('rewriteUri', () => {
  it.each(['file:///x', 'ui://chart/main', 'a:b', 'https://h/p?q=1#f'])('gives %s back', (uri) => {
    const shown = encodeResourceUri('my-server', uri);
    expect(decodeResourceUri(shown)).toEqual({ alias: 'my-server', originalUri: uri });
    expect(() => new URL(shown)).not.toThrow();
  });

  it('leaves the scheme of app pages alone, because hosts look for it', () => {
    expect(encodeResourceUri('a', 'ui://chart/main')).toBe('ui://mux-a/chart/main');
  });
});

describe('matchesTemplate', () => {
  it.each([
    ['demo://item/{id}', 'demo://item/7', true],
    ['demo://item/{id}', 'demo://item/7/8', false],
    ['demo://item/{+path}', 'demo://item/7/8', true],
    ['demo://search{?q,n}', 'demo://search?q=1', true],
    ['demo://search{?q,n}', 'demo://search', true],
    ['demo://a.b/{id}', 'demo://aXb/1', false],
    ['demo://item', 'demo://item', true],
    ['demo://item', 'demo://item/1', false],
    ['demo://{a}-{b}', 'demo://x-y-z', true],
    ['demo://{a}/end', 'demo://x/end', true],
    ['demo://{a}/end', 'demo://x/y/end', false],
    ['demo://{a}/end', 'demo:///end', true],
    ['aba{x}ba', 'aba', false],
    ['demo://{+a}/x/{b}', 'demo://1/x/2/x/3', true],
    ['demo://item/{id}{?q}', 'demo://item/7?q=a/b', true],
    ['demo://item/{id}{?q}', 'demo://item/7/8?q=1', false],
    ['demo://search{?q}', 'demo://searching', false],
    ['{+any}', 'whatever://it/is?x#y', true],
    ['{unclosed', '{unclosed', true],
  ])('%s and %s: %s', (template, uri, isMatch) => {
    expect(matchesTemplate(template, uri)).toBe(isMatch);
  });

  it.each([
    ['many expressions', `x${'{a}y'.repeat(2_000)}z`, `x${'y'.repeat(8_000)}`],
    ['many reserved ones', `x${'{+a}y'.repeat(2_000)}z`, `x${'y'.repeat(8_000)}`],
    ['expressions in a row', `x${'{a}'.repeat(5_000)}z`, `x${'y'.repeat(8_000)}`],
    ['braces that never close', '{'.repeat(100_000), 'y'.repeat(8_000)],
  ])('does not take long over %s', (_, template, uri) => {
    const startedAt = performance.now();
    expect(matchesTemplate(template, uri)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
