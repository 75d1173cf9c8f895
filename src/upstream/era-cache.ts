/**
 * upstream/era-cache — what is known of the eras one server speaks: the stored verdict, and what was refused since.
 *
 * A verdict is about one launch; another command or URL makes it void. What was refused is asked again in the next life
 * of the daemon, because servers are updated.
 * Knows nothing of: legs, the machine.
 */
import { type Clock, describeError, type Logger } from '../base/index.ts';
import type { Era, EraVerdict, EraVerdictRepository, InstalledServer } from '../model/index.ts';
import { isLegacyRevision, modernRevision, type Revision } from '../protocol/index.ts';
import { type Wire, type WireAndEra, wiresToTry } from './era-probe.ts';
import { fingerprintLaunch } from './launch-fingerprint.ts';

export class EraCache {
  readonly #verdicts: EraVerdictRepository;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #refused = new Set<Era>();
  /** The verdict of this attempt rests on a failure that proves nothing. */
  #isDoubtful = false;
  #verdict: EraVerdict | undefined;

  constructor(verdicts: EraVerdictRepository, clock: Clock, logger: Logger) {
    this.#verdicts = verdicts;
    this.#clock = clock;
    this.#logger = logger;
  }

  get verdict(): EraVerdict | undefined {
    return this.#verdict;
  }

  /** Another launch: nothing that is known holds. */
  reset(): void {
    this.#verdict = undefined;
    this.#isDoubtful = false;
    this.#refused.clear();
  }

  /** What to try for this launch, in order; from the verdict where there is one. @throws store.* */
  async wiresFor(server: InstalledServer): Promise<readonly WireAndEra[]> {
    if (this.#isDoubtful) this.#verdict = undefined;
    this.#isDoubtful = false;
    this.#verdict ??= await this.#verdicts.get(server.id);
    if (this.#verdict?.launchFingerprint !== fingerprintLaunch(server.launch)) this.#verdict = undefined;
    return wiresToTry(server.launch, this.#verdict);
  }

  /** Everything that the verdict names was refused: the next attempt asks anew. @throws store.* */
  async disprove(server: InstalledServer): Promise<void> {
    if (this.#verdict === undefined) return;
    this.#verdict = undefined;
    await this.#verdicts.delete(server.id);
  }

  /** Might the server speak this era, as far as is known? */
  mightSpeak(era: Era, wire: Wire | undefined): boolean {
    if (this.#refused.has(era)) return false;
    if (this.#verdict?.eras.includes(era)) return true;
    // Over stdio the sibling probe decides; over HTTP asking is cheap and done when first needed.
    return wire === 'http' || (era === 'legacy' && wire === 'stdio');
  }

  /**
   * The handshake of the modern era failed in a way that proves nothing, and the other one succeeded. What is noted then
   * holds for this connection only: the next attempt asks anew.
   */
  doubt(): void {
    this.#isDoubtful = true;
    this.#refused.add('modern');
  }

  refused(era: Era): void {
    this.#refused.add(era);
  }

  /** A handshake of this era has succeeded. */
  note(
    server: InstalledServer,
    leg: { readonly era: Era; readonly revision: Revision; readonly wire: Wire },
  ): void {
    this.#refused.delete(leg.era);
    const old = this.#verdict;
    this.#verdict = {
      eras: [...new Set<Era>([...(old?.eras ?? []), leg.era])],
      legacyRevision: isLegacyRevision(leg.revision) ? leg.revision : old?.legacyRevision,
      modernRevision: leg.era === 'modern' ? modernRevision : old?.modernRevision,
      probedAt: this.#clock.now(),
      wire: leg.wire,
      launchFingerprint: fingerprintLaunch(server.launch),
    };
    // Over stdio the verdict is complete only when the sibling was asked too.
    if ((leg.wire !== 'stdio' || old !== undefined) && !this.#isDoubtful)
      void this.#save(server, this.#verdict);
  }

  /**
   * Asks once per launch, by `probe`, whether a stdio server speaks the modern era too, and keeps the answer.
   */
  async complete(server: InstalledServer, probe: () => Promise<boolean>): Promise<void> {
    const verdict = this.#verdict;
    if (verdict === undefined || verdict.eras.includes('modern')) return;
    const stored = await this.#verdicts.get(server.id).catch(() => undefined);
    if (stored?.launchFingerprint === verdict.launchFingerprint) return;
    try {
      const speaksModern = await probe();
      // Meanwhile it may have become another server.
      if (this.#verdict !== verdict) return;
      this.#verdict = speaksModern ? { ...verdict, eras: ['legacy', 'modern'], modernRevision } : verdict;
      await this.#save(server, this.#verdict);
    } catch (error) {
      this.#logger.debug({ server: server.name, error: describeError(error) }, 'era probe failed');
    }
  }

  async #save(server: InstalledServer, verdict: EraVerdict): Promise<void> {
    try {
      await this.#verdicts.save(server.id, verdict);
    } catch (error) {
      this.#logger.warn({ server: server.name, error: describeError(error) }, 'era verdict not stored');
    }
  }
}
