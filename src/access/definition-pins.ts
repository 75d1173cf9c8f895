/**
 * access/definition-pins — holds each server to what was approved of it: its tools, prompts and instructions.
 *
 * What a server shows first is approved by its installation and pinned. Later changes are judged against the pin; what the
 * server's policy lets pass moves the pin, what it does not is held: it is not offered, in any form, until a person says so.
 * Instructions are only read, so the approved ones stay in place of held ones.
 * What another leg shows (in the other era, to one client) is judged against the primary leg's pin; only names that the
 * primary leg never had count as first seen there.
 * In: features as discovered. Out: those that may be offered.
 * Owns: the pins in memory, what is held. Durable first: a pin is stored before its feature is offered.
 * Knows nothing of: lists, views, who asks.
 */
import { type Clock, describeError, type Logger } from '../base/index.ts';
import type {
  ApprovedBy,
  DefinitionFace,
  DefinitionGuard,
  DefinitionKey,
  DefinitionKind,
  DefinitionPin,
  DefinitionPinRepository,
  DefinitionPolicy,
  DomainEvents,
  Era,
  FaceKey,
  Feature,
  ServerId,
} from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';
import { judgeChange } from './definition-change.ts';
import { definitionHash, instructionsName, sha256 } from './definition-form.ts';
import { findHints, type Hint } from './definition-hints.ts';
import type { ChangeLevel, DefinitionChange } from './schema-change.ts';

/** Something that waits for a person. */
export interface HeldDefinition extends DefinitionKey {
  /** `new`: nothing was ever approved under that name. */
  readonly level: 'new' | Exclude<ChangeLevel, 'same'>;
  readonly changes: readonly DefinitionChange[];
  readonly hints: readonly Hint[];
  readonly approvedAt: number | undefined;
  /** As it is now. */
  readonly current: RawJson;
  /** Of the form as it is now: what a decision is about. */
  readonly hash: string;
  /** A person has refused this very form. */
  readonly isRejected: boolean;
}

export interface Decision {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly face: DefinitionFace;
  readonly hash: string;
}

interface Pinned extends DefinitionPin {
  /** What was approved; where it equals what is shown, that itself. Undefined = it is in the store. */
  definition?: RawJson | undefined;
}

interface Save {
  readonly pin: Pinned;
  readonly definition: RawJson | undefined;
  /** A policy let it pass although it says something else. */
  readonly isTold?: boolean;
}

/** `own` stands for the legs of many clients; what is held on each is told apart here. */
type HeldOn = DefinitionFace | FaceKey;

/** The pin that says that a face was seen before; no feature has an empty name. */
const seenMark = '';

const passes: Readonly<Record<DefinitionPolicy, ReadonlySet<ChangeLevel>>> = {
  follow: new Set(['same', 'notation', 'additive', 'text', 'behaviour']),
  default: new Set(['same', 'notation', 'additive']),
  strict: new Set(['same', 'notation']),
};

export class DefinitionPins implements DefinitionGuard {
  readonly #repository: DefinitionPinRepository;
  readonly #events: DomainEvents;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #usualPolicy: DefinitionPolicy;
  readonly #pins = new Map<ServerId, Map<string, Pinned>>();
  readonly #held = new Map<ServerId, Map<HeldOn, readonly HeldDefinition[]>>();
  #policies = new Map<ServerId, DefinitionPolicy>();
  readonly #instructions = new Map<string, { readonly text: string; readonly shown: string | undefined }>();

  constructor(options: {
    readonly repository: DefinitionPinRepository;
    readonly events: DomainEvents;
    readonly clock: Clock;
    readonly logger: Logger;
    /** Of servers for which nothing else was said. */
    readonly usualPolicy?: DefinitionPolicy;
  }) {
    this.#repository = options.repository;
    this.#events = options.events;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#usualPolicy = options.usualPolicy ?? 'default';
  }

  /** Reads what was approved. @throws store.* */
  async load(): Promise<void> {
    for (const pin of await this.#repository.load()) {
      const pinned: Pinned = { ...pin };
      if (pin.kind === 'instructions') pinned.definition = await this.#repository.definitionOf(pin);
      this.#put(pinned);
    }
    this.#policies = new Map(await this.#repository.policies());
  }

  policyOf(serverId: ServerId): DefinitionPolicy {
    return this.#policies.get(serverId) ?? this.#usualPolicy;
  }

  /** Counts from the next review on. */
  async setPolicy(serverId: ServerId, policy: DefinitionPolicy): Promise<void> {
    await this.#repository.setPolicy(serverId, policy);
    this.#policies.set(serverId, policy);
    this.#events.publish({ type: 'access.definition_policy_changed', serverId, policy });
    this.#instructions.clear();
  }

  /** What waits for a person, of one server or of all. */
  held(serverId?: ServerId): readonly HeldDefinition[] {
    const servers = serverId === undefined ? [...this.#held.values()] : [this.#held.get(serverId)];
    const held = new Map<string, HeldDefinition>();
    for (const faces of servers)
      for (const one of [...(faces?.values() ?? [])].flat())
        held.set(`${one.serverId}\n${subjectOf(one)}\n${one.hash}`, one);
    return [...held.values()];
  }

  /** Is it held on some face? For whoever is asked for a tool that is not there. */
  isHeld(serverId: ServerId, kind: DefinitionKind, name: string): boolean {
    return this.held(serverId).some((held) => held.kind === kind && held.name === name);
  }

  async review(serverId: ServerId, features: readonly Feature[]): Promise<readonly Feature[]> {
    await this.#loadWhatDiffers(serverId, features);
    const saves: Save[] = [];
    const offered = this.#judgeAll(serverId, 'primary', 'primary', features, saves);
    // A store that cannot be written stops no server: what is not pinned now is judged anew at the next start.
    if (saves.length > 0)
      await this.#repository.save(saves).catch((error: unknown) => this.#notStored(error));
    for (const { pin } of saves) this.#put(pin);
    return offered;
  }

  reviewFace(serverId: ServerId, key: FaceKey, features: readonly Feature[]): readonly Feature[] {
    const face = key === 'era:legacy' || key === 'era:modern' ? key : 'own';
    const saves: Save[] = [];
    const offered = this.#judgeAll(serverId, face, key, features, saves);
    const mark = { serverId, kind: 'tool', name: seenMark, face } as const;
    if (features.length > 0 && this.#find(mark) === undefined)
      saves.push({ pin: this.#approved(mark, RawJson.ofText('null'), '', 'first'), definition: undefined });
    this.#saveLater(saves);
    return offered;
  }

  /** The instructions that clients may be given: what the server says, what was approved, or none. */
  instructionsFor(serverId: ServerId, era: Era, text: string): string | undefined {
    const known = this.#instructions.get(`${serverId} ${era}`);
    if (known?.text === text) return known.shown;
    const shown = this.#judgeInstructions(serverId, era, text);
    this.#instructions.set(`${serverId} ${era}`, { text, shown });
    return shown;
  }

  /** A person has looked at these. @returns those that were still held in that form */
  async decide(
    serverId: ServerId,
    decisions: readonly Decision[],
    isAccepted: boolean,
  ): Promise<readonly HeldDefinition[]> {
    const decided = [...(this.#held.get(serverId)?.values() ?? [])]
      .flat()
      .filter((held) => decisions.some((decision) => isAbout(decision, held)));
    if (decided.length === 0) return decided;
    const saves = decided.map((held): Save => {
      if (isAccepted)
        return { pin: this.#approved(held, held.current, held.hash, 'person'), definition: held.current };
      const pin: Pinned = {
        ...(this.#find(held) ?? { ...keyOnly(held), approved: undefined }),
        rejectedHash: held.hash,
      };
      return { pin, definition: undefined };
    });
    await this.#repository.save(saves);
    for (const { pin } of saves) this.#put(pin);
    const isDecided = new Set(decided);
    for (const [face, list] of this.#held.get(serverId) ?? [])
      this.#held.get(serverId)?.set(
        face,
        list.flatMap((held) =>
          isDecided.has(held) ? (isAccepted ? [] : [{ ...held, isRejected: true }]) : [held],
        ),
      );
    this.#instructions.clear();
    this.#events.publish({
      type: 'access.definitions_decided',
      serverId,
      names: decided.map(nameForEvents),
      isAccepted,
    });
    return decided;
  }

  /** The server was removed. */
  forget(serverId: ServerId): void {
    this.#pins.delete(serverId);
    this.#held.delete(serverId);
    this.#policies.delete(serverId);
    this.#instructions.clear();
  }

  #judgeAll(
    serverId: ServerId,
    face: DefinitionFace,
    heldOn: HeldOn,
    features: readonly Feature[],
    saves: Save[],
  ): readonly Feature[] {
    const held: HeldDefinition[] = [];
    const isFirst = {
      tool: this.#isFirst(serverId, 'tool', face),
      prompt: this.#isFirst(serverId, 'prompt', face),
    };
    const offered = features.filter((feature) => {
      const { kind } = feature;
      if (kind !== 'tool' && kind !== 'prompt') return true;
      const key = { serverId, kind, name: feature.originalName, face } as const;
      const holding = this.#judge(key, feature.item, isFirst[kind], saves);
      if (holding !== undefined) held.push(holding);
      return holding === undefined;
    });
    const instructions = (this.#held.get(serverId)?.get(heldOn) ?? []).filter(
      ({ kind }) => kind === 'instructions',
    );
    this.#setHeld(serverId, heldOn, [...instructions, ...held]);
    this.#tellMoved(serverId, saves);
    return held.length === 0 ? features : offered;
  }

  /** @returns undefined when it may be offered; then a pin that is new or another one is among `saves` */
  #judge(key: DefinitionKey, item: RawJson, isFirst: boolean, saves: Save[]): HeldDefinition | undefined {
    const textHash = textHashOf(item);
    const pins = this.#pinsFor(key);
    const equal = pins.find(({ approved }) => approved?.textHash === textHash);
    if (equal !== undefined) {
      equal.definition = item;
      return undefined;
    }
    const current = item.parse();
    const hash = definitionHash(current);
    const approve = (by: ApprovedBy, isTold = false): undefined => {
      saves.push({ pin: this.#approved(key, item, hash, by), definition: item, isTold });
    };
    const policy = this.policyOf(key.serverId);
    const same = pins.find(({ approved }) => approved?.hash === hash);
    if (same?.approved !== undefined) return approve(same.approved.by);
    const approved = pins.find((pin) => pin.approved !== undefined);
    const isRejected = pins.some(({ rejectedHash }) => rejectedHash === hash);
    if (approved === undefined) {
      if (!isRejected && policy === 'follow') return isFirst ? approve('first') : approve('policy', true);
      if (!isRejected && policy === 'default' && isFirst) return approve('first');
      return this.#holding(key, item, hash, { level: 'new', changes: [], isRejected, approvedAt: undefined });
    }
    const { definition } = approved;
    const judged =
      definition === undefined
        ? { level: 'behaviour' as const, changes: [] }
        : judgeChange(key.kind, definition.parse(), current);
    if (passes[policy].has(judged.level) && !isRejected)
      return approve('policy', judged.level !== 'same' && judged.level !== 'notation');
    return this.#holding(key, item, hash, {
      level: judged.level === 'same' ? 'notation' : judged.level,
      changes: judged.changes,
      isRejected,
      approvedAt: approved.approved?.at,
    });
  }

  #judgeInstructions(serverId: ServerId, era: Era, text: string): string | undefined {
    const face: DefinitionFace = `era:${era}`;
    const key = { serverId, kind: 'instructions', name: instructionsName, face } as const;
    const saves: Save[] = [];
    const isFirst = this.#pinsFor(key).every(({ approved }) => approved === undefined);
    const holding = this.#judge(key, RawJson.ofText(JSON.stringify(text)), isFirst, saves);
    const others = (this.#held.get(serverId)?.get(face) ?? []).filter(({ kind }) => kind !== 'instructions');
    this.#setHeld(serverId, face, holding === undefined ? others : [...others, holding]);
    this.#saveLater(saves);
    if (holding === undefined) return text;
    return this.#pinsFor(key).find(({ approved }) => approved !== undefined)?.definition?.string;
  }

  #holding(
    key: DefinitionKey,
    current: RawJson,
    hash: string,
    rest: Pick<HeldDefinition, 'level' | 'changes' | 'isRejected' | 'approvedAt'>,
  ): HeldDefinition {
    return { ...keyOnly(key), ...rest, current, hash, hints: findHints(current.parse()) };
  }

  #approved(key: DefinitionKey, item: RawJson, hash: string, by: ApprovedBy): Pinned {
    return {
      ...keyOnly(key),
      approved: { hash, textHash: textHashOf(item), by, at: this.#clock.now() },
      rejectedHash: undefined,
      definition: item,
    };
  }

  /** Was nothing of that kind approved on that face yet? An empty list approves nothing. */
  #isFirst(serverId: ServerId, kind: DefinitionKind, face: DefinitionFace): boolean {
    const pins = this.#pins.get(serverId);
    if (pins === undefined) return true;
    if (face !== 'primary') return !pins.has(keyText({ kind: 'tool', name: seenMark, face }));
    for (const pin of pins.values())
      if (pin.face === 'primary' && pin.kind === kind && pin.approved !== undefined) return false;
    return true;
  }

  /** What a definition is compared with: the pin of its own face, then those of the others that stand for it. */
  #pinsFor({ serverId, kind, name, face }: DefinitionKey): readonly Pinned[] {
    const pins = this.#pins.get(serverId);
    if (pins === undefined) return [];
    const faces: readonly DefinitionFace[] =
      kind === 'instructions'
        ? face === 'era:modern'
          ? ['era:modern', 'era:legacy']
          : ['era:legacy', 'era:modern']
        : face === 'primary'
          ? ['primary']
          : [face, 'primary'];
    return faces.flatMap((one) => pins.get(keyText({ kind, name, face: one })) ?? []);
  }

  /** The pinned texts that have to be compared; of the others the hash is enough. */
  async #loadWhatDiffers(serverId: ServerId, features: readonly Feature[]): Promise<void> {
    const pins = this.#pins.get(serverId);
    if (pins === undefined) return;
    for (const { kind, originalName, item } of features) {
      if (kind !== 'tool' && kind !== 'prompt') continue;
      const pin = pins.get(keyText({ kind, name: originalName, face: 'primary' }));
      if (pin?.approved === undefined || pin.definition !== undefined) continue;
      if (pin.approved.textHash === textHashOf(item)) pin.definition = item;
      else pin.definition = await this.#repository.definitionOf(pin);
    }
  }

  #setHeld(serverId: ServerId, face: HeldOn, held: readonly HeldDefinition[]): void {
    const faces = this.#held.get(serverId) ?? new Map<HeldOn, readonly HeldDefinition[]>();
    const before = new Set((faces.get(face) ?? []).map(({ kind, name, hash }) => `${kind} ${name} ${hash}`));
    if (held.length === 0) faces.delete(face);
    else faces.set(face, held);
    if (faces.size === 0) this.#held.delete(serverId);
    else this.#held.set(serverId, faces);
    const news = held.filter(
      ({ kind, name, hash, isRejected }) => !isRejected && !before.has(`${kind} ${name} ${hash}`),
    );
    if (news.length > 0)
      this.#events.publish({ type: 'access.definitions_held', serverId, names: news.map(nameForEvents) });
  }

  /** What passed although it says something else: it is told, and nobody has to act. */
  #tellMoved(serverId: ServerId, saves: readonly Save[]): void {
    const moved = saves.filter(({ isTold }) => isTold === true).map(({ pin }) => nameForEvents(pin));
    if (moved.length > 0)
      this.#events.publish({ type: 'access.definitions_followed', serverId, names: moved });
  }

  /** Where nobody can wait for the store: what is not written is judged as first seen at the next start. */
  #saveLater(saves: readonly Save[]): void {
    if (saves.length === 0) return;
    for (const { pin } of saves) this.#put(pin);
    this.#repository.save(saves).catch((error: unknown) => this.#notStored(error));
  }

  #notStored(error: unknown): void {
    this.#logger.warn({ error: describeError(error) }, 'approved definitions were not stored');
  }

  #find(key: DefinitionKey): Pinned | undefined {
    return this.#pins.get(key.serverId)?.get(keyText(key));
  }

  #put(pin: Pinned): void {
    let pins = this.#pins.get(pin.serverId);
    if (pins === undefined) {
      pins = new Map();
      this.#pins.set(pin.serverId, pins);
    }
    pins.set(keyText(pin), pin);
  }
}

/** An item is hashed once, however often it is reviewed. */
const textHashes = new WeakMap<RawJson, string>();

function textHashOf(item: RawJson): string {
  let hash = textHashes.get(item);
  if (hash === undefined) {
    hash = sha256(item.bytes);
    textHashes.set(item, hash);
  }
  return hash;
}

function keyText({ kind, name, face }: Pick<DefinitionKey, 'kind' | 'name' | 'face'>): string {
  return `${face}\n${kind}\n${name}`;
}

function keyOnly({ serverId, kind, name, face }: DefinitionKey): DefinitionKey {
  return { serverId, kind, name, face };
}

/** Both eras hear the same instructions: those are one thing to decide. */
function subjectOf(key: Pick<DefinitionKey, 'kind' | 'name' | 'face'>): string {
  return key.kind === 'instructions' ? key.kind : keyText(key);
}

/** Is a decision about what is held, in that form? */
export function isAbout(decision: Decision, held: HeldDefinition): boolean {
  return decision.hash === held.hash && subjectOf(decision) === subjectOf(held);
}

function nameForEvents({ kind, name }: DefinitionKey): string {
  return kind === 'instructions' ? kind : `${kind}:${name}`;
}
