/**
 * field/report — the lines of a run: what was tried, how it ended, in one table.
 */

export type Verdict = 'equal' | 'works' | 'left out' | 'FAILED';

export interface Line {
  readonly group: string;
  readonly name: string;
  readonly verdict: Verdict;
  /** What was compared, or why it was left out, in a few words. */
  readonly detail: string;
}

export class Report {
  readonly lines: Line[] = [];

  add(group: string, name: string, verdict: Verdict, detail: string): void {
    const line = { group, name, verdict, detail: detail.replaceAll(/\s+/g, ' ').slice(0, 160) };
    this.lines.push(line);
    console.log(`${verdict.padEnd(8)}  ${group.padEnd(8)}  ${name}: ${line.detail}`);
  }

  count(verdict: Verdict, group?: string): number {
    return this.lines.filter(
      (line) => line.verdict === verdict && (group === undefined || line.group === group),
    ).length;
  }

  /** A page of Markdown. */
  toPage(facts: readonly string[]): string {
    const rows = this.lines.map(
      ({ group, name, verdict, detail }) =>
        `| ${group} | ${name} | ${verdict} | ${detail.replaceAll('|', '\\|')} |`,
    );
    return [
      '# Tried with real servers and clients',
      '',
      'Written by `npm run field -- --write`. Each server is asked directly and through McpMux, and every item of its lists',
      'and one answer of a tool are compared byte for byte. Each client program is started in an empty home, pointed at',
      'McpMux, and made to call a tool by a stand-in for its model. *Left out* means that it could not be tried without an',
      'account, a program or the internet; the reason stands beside it.',
      '',
      ...facts.map((fact) => `- ${fact}`),
      '',
      '| group | tried | outcome | what was seen |',
      '|---|---|---|---|',
      ...rows,
      '',
    ].join('\n');
  }
}
