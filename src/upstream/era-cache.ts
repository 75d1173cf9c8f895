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
  /** False: it ended when it was asked which eras it speaks. */
  #bearsProbe = true;
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
    this.#bearsProbe = true;
    this.#isDoubtful = false;
    this.#refused.clear();
  }

  /** What to try for this launch, in order; from the verdict where there is one. */
  async wiresFor(server: InstalledServer): Promise<readonly WireAndEra[]> {
    if (this.#isDoubtful) this.#verdict = undefined;
    this.#isDoubtful = false;
    this.#verdict ??= await this.#stored(server);
    if (this.#verdict?.launchFingerprint !== fingerprintLaunch(server.launch)) this.#verdict = undefined;
    return wiresToTry(server.launch, this.#verdict, this.#bearsProbe);
  }

  /** Everything that the verdict names was refused: the next attempt asks anew. */
  async disprove(server: InstalledServer): Promise<void> {
    if (this.#verdict === undefined) return;
    this.#verdict = undefined;
    try {
      await this.#verdicts.delete(server.id);
    } catch (error) {
      this.#logger.warn({ server: server.name, error: describeError(error) }, 'era verdict not deleted');
    }
  }

  /** Might the server speak this era, as far as is known? */
  mightSpeak(era: Era, wire: Wire | undefined): boolean {
    if (this.#refused.has(era)) return false;
    if (this.#verdict?.eras.includes(era)) return true;
    // A process was asked for both eras when it first started; over HTTP asking is cheap and done when first needed.
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

  /** The server ended at a first request that it did not know: no server of the modern era does that. */
  endedAtProbe(): void {
    this.#bearsProbe = false;
    this.#refused.add('modern');
  }

  refused(era: Era): void {
    this.#refused.add(era);
  }

  /** A handshake of this era has succeeded. */
  note(
    server: InstalledServer,
    leg: {
      readonly era: Era;
      readonly eras: readonly Era[];
      readonly revision: Revision;
      readonly wire: Wire;
    },
  ): void {
    for (const era of leg.eras) this.#refused.delete(era);
    const old = this.#verdict;
    this.#verdict = {
      eras: [...new Set<Era>([...(old?.eras ?? []), ...leg.eras])],
      legacyRevision: isLegacyRevision(leg.revision) ? leg.revision : old?.legacyRevision,
      modernRevision: leg.eras.includes('modern') ? modernRevision : old?.modernRevision,
      probedAt: this.#clock.now(),
      wire: leg.wire,
      launchFingerprint: fingerprintLaunch(server.launch),
    };
    if (!this.#isDoubtful) void this.#save(server, this.#verdict);
  }

  /** A store that cannot be read costs a question more, not the connection. */
  async #stored(server: InstalledServer): Promise<EraVerdict | undefined> {
    try {
      return await this.#verdicts.get(server.id);
    } catch (error) {
      this.#logger.warn({ server: server.name, error: describeError(error) }, 'era verdict not read');
      return undefined;
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
