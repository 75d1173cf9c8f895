/**
 * builtin/tool-lines — tools as lines for a model: name, arguments, what it does. Ten of them stay under 600 tokens.
 *
 *     gitlab_create_issue(project_id, title, description?, labels?, …) Creates an issue in a project.
 *
 * Knows nothing of: how the tools were found.
 */
import { cleanText, estimateTokens, isJsonObject, shortText } from '../base/index.ts';
import type { Target } from '../catalogue/index.ts';

/** For the lines alone; what stands around them has the rest of 600. */
const tokensForTen = 540;
const maxArguments = 5;
const maxArgumentLength = 24;
/** Tried one after the other until the lines are short enough. */
const descriptionLengths = [110, 80, 55, 30, 0] as const;

export function toolLines(targets: readonly Target[]): readonly string[] {
  const budget = (tokensForTen * Math.max(1, targets.length)) / 10;
  let lines: string[] = [];
  for (const length of descriptionLengths) {
    lines = targets.map((target) => toolLine(target, length));
    if (estimateTokens(lines.join('\n')) <= budget) break;
  }
  return lines;
}

/** @param length of the description, in characters; 0 = none */
export function toolLine(target: Target, length: number): string {
  const said = length === 0 ? '' : ` ${firstSentence(target.item.text('description') ?? '', length)}`;
  const away = target.isAvailable ? '' : ' [its server is away, see mcpmux_status]';
  return `${target.shownName}(${argumentsOf(target)})${away}${said}`.trimEnd();
}

function argumentsOf(target: Target): string {
  const schema = target.item.object('inputSchema')?.parse();
  const properties = isJsonObject(schema) ? schema['properties'] : undefined;
  if (!isJsonObject(schema) || !isJsonObject(properties)) return '';
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const names = Object.keys(properties);
  const ordered = [
    ...names.filter((name) => required.includes(name)),
    ...names.filter((name) => !required.includes(name)).map((name) => `${name}?`),
  ];
  const shown = ordered.slice(0, maxArguments).map((name) => shortText(cleanText(name), maxArgumentLength));
  return ordered.length > maxArguments ? `${shown.join(', ')}, …` : shown.join(', ');
}

/** Without headings, marks and line breaks; a server's text stays one line of data. */
export function firstSentence(description: string, length: number): string {
  const line = cleanText(description)
    .replace(/[\s*#_`>]+/g, ' ')
    .trim();
  const end = /[.!?。！？](?:\s|$)/.exec(line);
  const sentence = end !== null && end.index >= 12 ? line.slice(0, end.index + 1) : line;
  return shortText(sentence, length);
}
