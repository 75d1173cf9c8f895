/**
 * gateway/manage/set-control — carries out what a person wants of FeatureSets.
 *
 * In: intent by way of admin/. Out: overviews with what each member stands for now. Store first, then the snapshot.
 * Knows nothing of: HTTP, the command line, who has which set.
 */
import { type AccessRegister, Selection } from '../../access/index.ts';
import { type Clock, isMcpMuxError, newId } from '../../base/index.ts';
import type { Catalogue } from '../../catalogue/index.ts';
import {
  type Client,
  type FeatureKind,
  type FeatureSet,
  type FeatureSetId,
  type FeatureSetRepository,
  featureKinds,
  type InstalledServer,
  type Mapping,
  type MappingRepository,
  type SetMember,
  type Space,
  serverKeyOf,
  slugFromName,
} from '../../model/index.ts';
import { gatewayError } from '../errors.ts';
import type { InstalledServers, Views } from '../serve/views.ts';
import { requireSet, requireSpace } from './find-access.ts';
import { isSameMember, type MemberWorld, readMember, writeMember } from './set-members.ts';
import { freeSlug } from './space-control.ts';

/** A member, and what it stands for now. */
export interface MemberOverview {
  readonly member: SetMember;
  /** As a person writes it. */
  readonly text: string;
  /** How many features it speaks of now. */
  readonly matches: number;
  /** What it names is not there (any more); it is kept, and counts again when that comes back. */
  readonly isVanished: boolean;
}

export interface ChosenFeature {
  readonly kind: FeatureKind;
  readonly server: string;
  readonly originalName: string;
  readonly shownName: string;
  readonly isAvailable: boolean;
}

export interface SetOverview {
  readonly set: FeatureSet;
  readonly space: Space;
  readonly members: readonly MemberOverview[];
  /** What it chooses by itself, in listing order. */
  readonly features: readonly ChosenFeature[];
  readonly usedBy: {
    readonly mappings: readonly Mapping[];
    readonly sets: readonly FeatureSet[];
    readonly clients: readonly Client[];
  };
  /** What a person should know of the change just made. */
  readonly warnings: readonly string[];
}

export interface SetInput {
  readonly name: string;
  readonly space?: string | undefined;
  readonly description?: string | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/** What is not named stays. Members are texts as `set-members` reads them. */
export interface SetChange {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  /** These in place of all that are there. */
  readonly members?: readonly { readonly text: string; readonly mode: SetMember['mode'] }[] | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
}

export interface SetControlOptions {
  readonly access: AccessRegister;
  readonly featureSets: FeatureSetRepository;
  readonly mappings: MappingRepository;
  readonly installed: InstalledServers;
  readonly catalogue: Catalogue;
  readonly views: Views;
  readonly clients: { list(): readonly Client[] };
  readonly clock: Clock;
}

const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._&+/-]{0,59}$/u;
const maxMembers = 10_000;
const maxSets = 1_000;

export class SetControl {
  readonly #options: SetControlOptions;

  constructor(options: SetControlOptions) {
    this.#options = options;
  }

  /** @param space slug, name or id; undefined = of every Space. @throws gateway.no_such_space */
  list(space: string | undefined): readonly SetOverview[] {
    const { snapshot } = this.#options.access;
    const only = space === undefined ? undefined : requireSpace(snapshot, space).id;
    return snapshot.parts.spaces.flatMap(({ id }) =>
      only !== undefined && only !== id
        ? []
        : snapshot.parts.sets
            .filter(({ spaceId }) => spaceId === id)
            .toSorted((a, b) => Number(b.isStarter) - Number(a.isStarter))
            .map((set) => this.#overview(set)),
    );
  }

  /** @throws gateway.no_such_set, gateway.no_such_space */
  get(reference: string, space: string | undefined): SetOverview {
    return this.#overview(this.#find(reference, space));
  }

  /** @throws gateway.bad_set, gateway.set_taken, and what members throw */
  async create(input: SetInput): Promise<SetOverview> {
    const { access, clock, featureSets } = this.#options;
    const { snapshot } = access;
    const space = requireSpace(snapshot, input.space);
    const name = input.name.trim();
    if (snapshot.parts.sets.length >= maxSets) throw bad(name, `there are ${maxSets} sets already`);
    this.#checkName(name, space, undefined);
    const slug = slugFromName(name);
    const now = clock.now();
    const draft: FeatureSet = {
      id: newId<FeatureSetId>(),
      spaceId: space.id,
      slug: freeSlug(slug === '' ? 'set' : slug, snapshot.parts.sets),
      name,
      description: input.description,
      isStarter: false,
      members: [],
      revision: 1,
      createdAt: now,
      updatedAt: now,
    };
    const world = this.#world(space);
    const members = [
      ...(input.include ?? []).map((text) => readMember(text, 'include', world)),
      ...(input.exclude ?? []).map((text) => readMember(text, 'exclude', world)),
    ];
    const set = { ...draft, members: this.#checked(draft, members) };
    await this.#stored(set, () => featureSets.insert(set));
    this.#publish(set);
    return { ...this.#overview(set), warnings: this.#warnings(set, members) };
  }

  /** @throws gateway.no_such_set, gateway.bad_set, gateway.set_taken, gateway.set_cycle, gateway.starter_stays, and what members throw */
  async change(reference: string, space: string | undefined, change: SetChange): Promise<SetOverview> {
    const { access, clock, featureSets } = this.#options;
    const old = this.#find(reference, space);
    const owner = requireSpace(access.snapshot, old.spaceId);
    const name = change.name?.trim() ?? old.name;
    if (name !== old.name) {
      if (old.isStarter) throw gatewayError('starter_stays', { space: owner.name, act: 'renamed' });
      this.#checkName(name, owner, old.id);
    }
    const world = this.#world(owner);
    const added = [
      ...(change.members ?? []).map(({ text, mode }) => readMember(text, mode, world)),
      ...(change.include ?? []).map((text) => readMember(text, 'include', world)),
      ...(change.exclude ?? []).map((text) => readMember(text, 'exclude', world)),
    ];
    const removed = (change.remove ?? []).map((text) => readMember(text, 'include', world));
    const absent = removed.find((member) => !old.members.some((one) => isSameMember(one, member)));
    if (absent !== undefined)
      throw bad(old.name, `${writeMember(absent, (id) => this.#setOf(id))} is not in it`);
    const kept = (change.members === undefined ? old.members : []).filter(
      (member) => ![...added, ...removed].some((one) => isSameMember(one, member)),
    );
    const set: FeatureSet = {
      ...old,
      name,
      description: change.description === undefined ? old.description : (change.description ?? undefined),
      members: this.#checked(old, [...kept, ...added]),
      revision: old.revision + 1,
      updatedAt: clock.now(),
    };
    await this.#stored(set, () => featureSets.update(set, old.revision));
    this.#publish(set);
    return { ...this.#overview(set), warnings: this.#warnings(set, added) };
  }

  /**
   * Deletes it. Mappings and sets that name it go on without it.
   *
   * @returns what it was and who used it. @throws gateway.no_such_set, gateway.starter_stays
   */
  async remove(reference: string, space: string | undefined): Promise<SetOverview> {
    const { access, featureSets, mappings, clock } = this.#options;
    const gone = this.get(reference, space);
    const { id, isStarter } = gone.set;
    if (isStarter) throw gatewayError('starter_stays', { space: gone.space.name, act: 'deleted' });
    const now = clock.now();
    for (const holder of gone.usedBy.sets) {
      const members = holder.members.filter((member) => member.kind !== 'set' || member.set !== id);
      await featureSets.update(
        { ...holder, members, revision: holder.revision + 1, updatedAt: now },
        holder.revision,
      );
    }
    for (const mapping of gone.usedBy.mappings)
      await mappings.update({
        ...mapping,
        setIds: mapping.setIds.filter((setId) => setId !== id),
        updatedAt: now,
      });
    await featureSets.delete(id);
    access.publish({ sets: await featureSets.list(), mappings: await mappings.list() });
    return gone;
  }

  /** A server is called something else: members that name it follow. */
  async serverRenamed(old: InstalledServer, server: InstalledServer): Promise<void> {
    const [from, to] = [serverKeyOf(old), serverKeyOf(server)];
    if (from === to) return;
    const { access, featureSets, clock } = this.#options;
    const names = (member: SetMember): boolean => 'server' in member && member.server === from;
    const touched = access.snapshot.parts.sets.filter(
      (set) => set.spaceId === server.spaceId && set.members.some(names),
    );
    if (touched.length === 0) return;
    for (const set of touched) {
      const members = set.members.map((member) => (names(member) ? { ...member, server: to } : member));
      await featureSets.update(
        { ...set, members: members as SetMember[], revision: set.revision + 1, updatedAt: clock.now() },
        set.revision,
      );
    }
    access.publish({ sets: await featureSets.list() });
  }

  #find(reference: string, space: string | undefined): FeatureSet {
    const { snapshot } = this.#options.access;
    return requireSet(
      snapshot,
      reference,
      space === undefined ? undefined : requireSpace(snapshot, space).id,
    );
  }

  #setOf(id: string): FeatureSet | undefined {
    return this.#options.access.snapshot.set(id as FeatureSetId);
  }

  #world(space: Space): MemberWorld {
    const { access, installed, views } = this.#options;
    return {
      snapshot: access.snapshot,
      space,
      names: views.namesOf(space.id),
      servers: installed.all().filter(({ spaceId }) => spaceId === space.id),
    };
  }

  /** @throws gateway.bad_set, gateway.set_taken */
  #checkName(name: string, space: Space, own: FeatureSetId | undefined): void {
    if (!namePattern.test(name))
      throw bad(
        name,
        'a name begins with a letter or digit and has at most 60 letters, digits, spaces and . _ & + / -',
      );
    const other = this.#options.access.snapshot.parts.sets.find(
      (set) => set.spaceId === space.id && set.id !== own && set.name.toLowerCase() === name.toLowerCase(),
    );
    if (other !== undefined) throw gatewayError('set_taken', { name: other.name, space: space.name });
  }

  /** The last word on a member counts. @throws gateway.set_cycle, gateway.bad_set */
  #checked(set: FeatureSet, members: readonly SetMember[]): readonly SetMember[] {
    const last = members.filter(
      (member, at) => !members.slice(at + 1).some((later) => isSameMember(later, member)),
    );
    if (last.length > maxMembers) throw bad(set.name, `it has more than ${maxMembers} members`);
    for (const member of last) {
      if (member.kind !== 'set') continue;
      const path = this.#pathTo(member.set, set.id, []);
      if (path !== undefined)
        throw gatewayError('set_cycle', {
          set: set.name,
          path: [
            set.name,
            ...path.map((id) => (id === set.id ? set.name : (this.#setOf(id)?.name ?? id))),
          ].join(' → '),
        });
    }
    return last;
  }

  #pathTo(
    from: FeatureSetId,
    wanted: FeatureSetId,
    seen: readonly FeatureSetId[],
  ): FeatureSetId[] | undefined {
    if (from === wanted) return [from];
    if (seen.includes(from)) return undefined;
    for (const member of this.#setOf(from)?.members ?? []) {
      if (member.kind !== 'set') continue;
      const rest = this.#pathTo(member.set, wanted, [...seen, from]);
      if (rest !== undefined) return [from, ...rest];
    }
    return undefined;
  }

  async #stored(set: FeatureSet, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isMcpMuxError(error, 'store.conflict')) throw error;
      throw bad(set.name, 'somebody else has changed it, or taken its name, meanwhile; look again');
    }
  }

  #publish(set: FeatureSet): void {
    const { access } = this.#options;
    const { sets } = access.snapshot.parts;
    const isKnown = sets.some(({ id }) => id === set.id);
    access.publish({ sets: isKnown ? sets.map((one) => (one.id === set.id ? set : one)) : [...sets, set] });
  }

  #warnings(set: FeatureSet, added: readonly SetMember[]): readonly string[] {
    const overview = this.#overview(set).members;
    return overview.flatMap(({ member, text, matches }) =>
      matches === 0 && added.includes(member)
        ? [
            member.kind === 'feature' || member.kind === 'server'
              ? `${text} is not there now; it counts when it comes back`
              : `${text} stands for nothing now`,
          ]
        : [],
    );
  }

  #overview(set: FeatureSet): SetOverview {
    const { access, installed, catalogue, views, clients } = this.#options;
    const { snapshot } = access;
    const names = views.namesOf(set.spaceId);
    const servers = installed.all().filter(({ spaceId }) => spaceId === set.spaceId);
    const offered = servers.flatMap((server) =>
      catalogue.featuresOf(server.id).map((feature) => ({ server, feature })),
    );
    const setOf = (id: FeatureSetId) => snapshot.set(id);
    const whole = new Selection([set], setOf);
    const members = set.members.map((member): MemberOverview => {
      // By itself, as if it included: how much it speaks of.
      const alone = new Selection(
        [{ ...set, id: newId<FeatureSetId>(), members: [{ ...member, mode: 'include' }] }],
        setOf,
      );
      const matches = offered.filter(({ server, feature }) => alone.has(feature, server)).length;
      return {
        member,
        text: writeMember(member, (id) => this.#setOf(id)),
        matches,
        isVanished:
          matches === 0 &&
          (member.kind === 'feature' ||
            (member.kind === 'set' && this.#setOf(member.set) === undefined) ||
            (member.kind === 'server' && !servers.some((server) => serverKeyOf(server) === member.server))),
      };
    });
    const features = offered
      .filter(({ server, feature }) => whole.has(feature, server))
      .map(({ server, feature: { kind, originalName, isAvailable } }) => ({
        kind,
        server: server.name,
        originalName,
        shownName: names.shownName(server.id, kind, originalName) ?? originalName,
        isAvailable,
      }))
      .toSorted((a, b) => featureKinds.indexOf(a.kind) - featureKinds.indexOf(b.kind));
    return {
      set,
      space: requireSpace(snapshot, set.spaceId),
      members,
      features,
      usedBy: {
        mappings: snapshot.parts.mappings.filter(({ setIds }) => setIds.includes(set.id)),
        sets: snapshot.parts.sets.filter((other) =>
          other.members.some((member) => member.kind === 'set' && member.set === set.id),
        ),
        clients: clients
          .list()
          .filter(({ limits, status }) => limits.featureSetIds.includes(set.id) && status !== 'revoked'),
      },
      warnings: [],
    };
  }
}

function bad(set: string, reason: string): Error {
  return gatewayError('bad_set', { set: set.slice(0, 80), reason });
}
