/**
 * builtin/result-limits — from how many characters on a result is kept whole and shown in part, by FeatureSet or Space.
 * Nobody has a limit until a person sets one.
 *
 * Durable first: store, memory, then whoever is told.
 */
import type { FeatureSetId, SettingRepository, SpaceId } from '../model/index.ts';

export type LimitScope =
  | { readonly kind: 'set'; readonly id: FeatureSetId }
  | { readonly kind: 'space'; readonly id: SpaceId };

const settingKey = 'builtin.result_limits';
/** Less leaves no room for a head and how to read on. */
export const leastLimit = 1_000;

export class ResultLimits {
  readonly #settings: SettingRepository;
  readonly #changed: () => void;
  #limits: ReadonlyMap<string, number> = new Map();

  constructor(settings: SettingRepository, changed: () => void) {
    this.#settings = settings;
    this.#changed = changed;
  }

  get all(): readonly { readonly scope: LimitScope; readonly characters: number }[] {
    return [...this.#limits].map(([key, characters]) => {
      const at = key.indexOf(':');
      return { scope: { kind: key.slice(0, at), id: key.slice(at + 1) } as LimitScope, characters };
    });
  }

  async load(): Promise<void> {
    const stored = await this.#settings.get(settingKey);
    if (stored !== undefined)
      this.#limits = new Map(Object.entries(JSON.parse(stored) as Record<string, number>));
  }

  /** The lowest of the sets, else that of the Space. */
  limitFor(setIds: readonly FeatureSetId[], spaceId: SpaceId): number | undefined {
    if (this.#limits.size === 0) return undefined;
    let least: number | undefined;
    for (const id of setIds) {
      const limit = this.#limits.get(`set:${id}`);
      if (limit !== undefined && (least === undefined || limit < least)) least = limit;
    }
    return least ?? this.#limits.get(`space:${spaceId}`);
  }

  /** @param characters undefined takes the limit away */
  async set({ kind, id }: LimitScope, characters: number | undefined): Promise<void> {
    const limits = new Map(this.#limits);
    if (characters === undefined) limits.delete(`${kind}:${id}`);
    else limits.set(`${kind}:${id}`, characters);
    await this.#settings.set(settingKey, JSON.stringify(Object.fromEntries(limits)));
    this.#limits = limits;
    this.#changed();
  }
}
