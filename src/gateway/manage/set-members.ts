/**
 * gateway/manage/set-members — members of a FeatureSet as people write them, and back.
 *
 *     github_create_issue        what clients see: a tool, prompt or resource of the Space
 *     tool:github:create_issue   the same by server and original name; also prompt: resource: template:
 *     server:github              the whole server, with what it offers in future
 *     server-now:github          what it offers now, and no more
 *     github_*, pattern:*:list*  a pattern
 *     rule:readOnlyHint          tools that say so of themselves; rule:!readOnlyHint those that do not;
 *                                rule:readOnlyHint@github of one server; read-only and destructive for short
 *     set:Triage                 another set of the Space
 *
 * Knows nothing of: the store.
 */
import type { AccessSnapshot } from '../../access/index.ts';
import { shortText } from '../../base/index.ts';
import { type SpaceNames, similarNames } from '../../catalogue/index.ts';
import {
  annotationHints,
  type FeatureSet,
  featureKinds,
  type MemberMode,
  type SetMember,
  type Space,
  serverKeyOf,
} from '../../model/index.ts';
import { gatewayError } from '../errors.ts';
import { requireSet } from './find-access.ts';

/** What a member may name. */
export interface MemberWorld {
  readonly snapshot: AccessSnapshot;
  readonly space: Space;
  readonly names: SpaceNames;
  readonly servers: readonly { readonly name: string; readonly alias: string; readonly id: string }[];
}

const longest = 1_000;
const shortRules: Readonly<Record<string, string>> = {
  'read-only': 'rule:readOnlyHint',
  destructive: 'rule:destructiveHint',
};

/** @throws gateway.no_such_feature, gateway.no_such_server, gateway.no_such_set, gateway.bad_member */
export function readMember(text: string, mode: MemberMode, world: MemberWorld): SetMember {
  const given = text.trim();
  if (given === '' || given.length > longest) throw bad(text, `it has 1 to ${longest} characters`);
  const wanted = shortRules[given] ?? given;
  const known = world.names;
  const shown = featureKinds.map((kind) => known.find(kind, wanted)).find((one) => one !== undefined);
  if (shown !== undefined) {
    const { feature, server } = shown;
    return {
      mode,
      kind: 'feature',
      server: keyOfServer(server.id, world),
      feature: feature.kind,
      name: feature.originalName,
    };
  }
  const colon = wanted.indexOf(':');
  const [head, rest] = colon === -1 ? ['', wanted] : [wanted.slice(0, colon), wanted.slice(colon + 1)];
  switch (head) {
    case 'server':
      return { mode, kind: 'server', server: serverKey(rest, world) };
    case 'server-now': {
      const server = serverKey(rest, world);
      const known = featureKinds.flatMap((kind) =>
        [...world.names.all(kind)].flatMap(([, owner, feature]) =>
          keyOfServer(owner.id, world) === server ? [`${kind}:${feature.originalName}`] : [],
        ),
      );
      return { mode, kind: 'server', server, known };
    }
    case 'set':
      return { mode, kind: 'set', set: requireSet(world.snapshot, rest, world.space.id).id };
    case 'rule':
      return readRule(rest, mode, world);
    case 'pattern':
      return readPattern(rest, mode);
    case 'tool':
    case 'prompt':
    case 'resource':
    case 'template': {
      const at = rest.indexOf(':');
      if (at <= 0) throw bad(text, `write it as ${head}:SERVER:NAME`);
      const server = rest.slice(0, at);
      // It may name what has vanished: it stays chosen, and is there again when it comes back.
      const key = world.servers.some(({ alias }) => alias === server)
        ? serverKey(server, world)
        : server.toLowerCase();
      return { mode, kind: 'feature', server: key, feature: head, name: rest.slice(at + 1) };
    }
    default:
  }
  if (wanted.includes('*')) return readPattern(wanted, mode);
  const names = featureKinds.flatMap((kind) => [...known.all(kind)].map(([name]) => name));
  throw gatewayError('no_such_feature', {
    feature: shortText(given),
    space: world.space.name,
    // Whoever names a server means all of it.
    nearest: world.servers.some(({ alias }) => alias === wanted)
      ? `server:${wanted}`
      : similarNames(given, names).join(', '),
  });
}

function readPattern(pattern: string, mode: MemberMode): SetMember {
  const kind = featureKinds.find((one) => pattern.startsWith(`${one}s `));
  const text = kind === undefined ? pattern : pattern.slice(kind.length + 2);
  if (text === '') throw bad(pattern, 'the pattern is empty');
  return { mode, kind: 'pattern', pattern: text, ...(kind !== undefined && { feature: kind }) };
}

function readRule(text: string, mode: MemberMode, world: MemberWorld): SetMember {
  const [said = '', server] = text.split('@', 2);
  const name = said.replace(/^!/, '');
  const hint = annotationHints.find((one) => one.toLowerCase() === name.toLowerCase());
  if (hint === undefined) throw bad(`rule:${text}`, `tools say of themselves: ${annotationHints.join(', ')}`);
  return {
    mode,
    kind: 'rule',
    hint,
    value: !said.startsWith('!'),
    ...(server !== undefined && { server: serverKey(server, world) }),
  };
}

function serverKey(reference: string, { servers, space }: MemberWorld): string {
  const wanted = reference.trim().toLowerCase();
  const found =
    servers.find(({ alias }) => alias === wanted) ?? servers.find((server) => serverKeyOf(server) === wanted);
  if (found !== undefined) return serverKeyOf(found);
  throw gatewayError('no_such_server', {
    reference: `${space.slug}/${shortText(reference)}`,
    nearest: similarNames(
      reference,
      servers.map(({ alias }) => alias),
    ).join(', '),
  });
}

function keyOfServer(id: string, { servers }: MemberWorld): string {
  const server = servers.find((one) => one.id === id);
  // A host of our own has no installed server: its alias is its name.
  return server === undefined ? id : serverKeyOf(server);
}

/** As `readMember` reads it again. */
export function writeMember(member: SetMember, setOf: (id: string) => FeatureSet | undefined): string {
  switch (member.kind) {
    case 'feature':
      return `${member.feature}:${member.server}:${member.name}`;
    case 'server':
      return `${member.known === undefined ? 'server' : 'server-now'}:${member.server}`;
    case 'pattern':
      return `pattern:${member.feature === undefined ? '' : `${member.feature}s `}${member.pattern}`;
    case 'rule':
      return `rule:${member.value ? '' : '!'}${member.hint}${member.server === undefined ? '' : `@${member.server}`}`;
    case 'set':
      return `set:${setOf(member.set)?.name ?? member.set}`;
  }
}

/** Do they speak of the same, whatever the mode? */
export function isSameMember(one: SetMember, other: SetMember): boolean {
  return identity(one) === identity(other);
}

function identity(member: SetMember): string {
  return writeMember(member, () => undefined);
}

function bad(member: string, reason: string): Error {
  return gatewayError('bad_member', { member: shortText(member), reason });
}
