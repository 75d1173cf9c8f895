/**
 * cli/access-question — of whom `why` and `preflight` ask, from the options of a person.
 */
import type { WhyBody } from '../contract/index.ts';
import type { Context } from './context.ts';
import { meansFolder, readFolder } from './read-folder.ts';

export interface QuestionOptions {
  readonly client?: string;
  readonly key?: string;
  readonly folder?: string;
  readonly header?: string;
  readonly urlSet?: string;
  readonly urlServer?: string;
}

export async function readQuestion(context: Context, options: QuestionOptions): Promise<WhyBody> {
  const { folder, header, ...rest } = options;
  return {
    ...rest,
    ...(folder !== undefined && { folder: await readFolder(context, folder) }),
    ...(header !== undefined && { header: meansFolder(header) ? await readFolder(context, header) : header }),
    ...(context.space !== undefined && { urlSpace: context.space }),
  };
}

/** "Claude Code in ~/code/app". */
export function describeAsked(question: WhyBody): string {
  const who =
    question.client ?? (question.key === undefined ? 'A client' : `Whoever has the key ${question.key}`);
  return [
    who,
    ...(question.folder === undefined ? [] : [`in ${question.folder}`]),
    ...(question.header === undefined ? [] : [`with the header ${question.header}`]),
    ...(question.urlSpace === undefined ? [] : [`by the URL of the Space ${question.urlSpace}`]),
    ...(question.urlSet === undefined ? [] : [`by the URL of the set ${question.urlSet}`]),
    ...(question.urlServer === undefined ? [] : [`by the URL of the server ${question.urlServer}`]),
  ].join(' ');
}
